-- Lists a user's events that wait for the autopilot, oldest first; one keyset page.
-- params:   $1 user_id uuid | $2 after_created_at timestamptz | $3 after_id uuid | $4 limit_rows int8 | $5 channel text
-- variants: channel: AND channel = $5
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    idx_message_events_user_status_created, idx_message_events_user_channel_status
-- mode:     read
-- reads:    message_events
-- timeout:  2 s
-- budget:   5 + 1 * rows
-- note:     'pending' stays a literal: with a parameter a generic plan cannot use the partial index.
SELECT id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version
FROM message_events
WHERE user_id = $1 AND autopilot_status = 'pending' AND (created_at, id) > ($2, $3) /*channel*/
ORDER BY created_at, id
LIMIT $4;
