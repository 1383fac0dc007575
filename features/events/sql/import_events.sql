-- Stores one batch of imported events of a user: all of them or none.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 ids uuid[] | $4 contact_ids uuid[] | $5 channels text[] | $6 directions text[] | $7 texts text[] | $8 normalized_texts text[] | $9 raw_payloads text[] | $10 statuses text[] | $11 template_versions text[] | $12 persona_variants text[] | $13 created_ats timestamptz[]
-- rows:     none
-- index:    none: an insert
-- mode:     write
-- place:    user
-- writes:   message_events
-- timeout:  60 s
-- budget:   60 + 40 * rows
-- note:     arrays instead of COPY: COPY FROM is refused under row level security, and one statement needs no
--           temporary table and no connection of its own.
INSERT INTO public.message_events (id, user_id, org_id, contact_id, channel, direction, text, normalized_text, raw_payload,
                            autopilot_status, template_version, persona_variant, created_at)
SELECT i.id, $1, $2, i.contact_id, i.channel, i.direction, i.text, i.normalized_text, i.raw_payload::jsonb,
       i.status, i.template_version, i.persona_variant, i.created_at
FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  AS i (id, contact_id, channel, direction, text, normalized_text, raw_payload, status, template_version, persona_variant, created_at);
