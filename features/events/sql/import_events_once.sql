-- Stores one batch of imported events, of which some say which message of their channel they are: those that came before are left out.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 ids uuid[] | $4 contact_ids uuid[] | $5 channels text[] | $6 directions text[] | $7 texts text[] | $8 normalized_texts text[] | $9 raw_payloads text[] | $10 statuses text[] | $11 template_versions text[] | $12 persona_variants text[] | $13 created_ats timestamptz[] | $14 message_ids text[]
-- rows:     id uuid
-- index:    none: an insert
-- mode:     write
-- place:    user
-- writes:   message_events, message_event_ids
-- timeout:  60 s
-- budget:   60 + 60 * rows
-- sorts:    the batch, so that two imports take the ids in one order and wait for each other instead of locking each other out
-- note:     as import_events; answers the events that were made. Of two rows with one id the first is stored.
WITH batch AS MATERIALIZED (
  SELECT * FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) WITH ORDINALITY
    AS i (id, contact_id, channel, direction, text, normalized_text, raw_payload, status, template_version, persona_variant, created_at, message_id, nr)
), claimed AS (
  INSERT INTO public.message_event_ids (user_id, channel, message_id, event_id, created_at)
  SELECT $1, i.channel, i.message_id, i.id, i.created_at FROM batch AS i WHERE i.message_id IS NOT NULL ORDER BY i.channel, i.message_id, i.nr
  ON CONFLICT (user_id, channel, message_id) DO NOTHING
  RETURNING event_id
)
INSERT INTO public.message_events (id, user_id, org_id, contact_id, channel, direction, text, normalized_text, raw_payload,
                            autopilot_status, template_version, persona_variant, created_at)
SELECT i.id, $1, $2, i.contact_id, i.channel, i.direction, i.text, i.normalized_text, i.raw_payload::jsonb,
       i.status, i.template_version, i.persona_variant, i.created_at
FROM batch AS i
WHERE i.message_id IS NULL OR i.id IN (SELECT c.event_id FROM claimed AS c)
ORDER BY i.nr
RETURNING id;
