-- Reads one event of the user.
-- params:   $1 user_id uuid | $2 event_id uuid
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    message_events_pkey
-- mode:     read
-- place:    user
-- reads:    message_events
-- timeout:  1 s
-- budget:   8
SELECT id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version
FROM message_events
WHERE user_id = $1 AND id = $2;
