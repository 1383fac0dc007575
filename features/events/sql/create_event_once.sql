-- Stores the event of a message that its channel has given an id, once. No row when such a message came before, or as create_event.
-- params:   $1 id uuid | $2 user_id uuid | $3 org_id uuid | $4 contact_id uuid | $5 channel text | $6 direction text | $7 message_text text | $8 normalized_text text | $9 raw_payload jsonb | $10 template_version text | $11 persona_variant text | $12 platform_message_id text
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    leads_user_id_id_key, contacts_org_id_id_key
-- mode:     write
-- place:    mixed
-- reads:    contacts, leads
-- writes:   message_events, message_event_ids
-- timeout:  2 s
-- budget:   90
-- note:     a second one waits for the transaction of the first; if that failed, it takes its place. The look-ups as in create_event.
WITH claimed AS (
  INSERT INTO public.message_event_ids (user_id, channel, message_id, event_id, created_at)
  SELECT $2, $5, $12, $1, now()
  WHERE $4 IS NULL OR (SELECT c.id FROM contacts AS c WHERE c.org_id = $3 AND c.id BETWEEN $4 AND $4 ORDER BY c.id LIMIT 1) IS NOT NULL
     OR (SELECT l.id FROM leads AS l WHERE l.user_id = $2 AND l.id BETWEEN $4 AND $4 ORDER BY l.id LIMIT 1) IS NOT NULL
  ON CONFLICT (user_id, channel, message_id) DO NOTHING
  RETURNING created_at
)
INSERT INTO public.message_events (id, user_id, org_id, contact_id, channel, direction, text, normalized_text, raw_payload,
                            template_version, persona_variant, autopilot_status, created_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', c.created_at FROM claimed AS c
RETURNING id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version;
