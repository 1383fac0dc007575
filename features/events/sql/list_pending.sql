-- Lists a user's events that wait for the autopilot, oldest first; one keyset page.
-- params:   $1 user_id uuid | $2 after_created_at timestamptz | $3 after_id uuid | $4 limit_rows int8 | $5 channel text
-- choices:  queue=all: AND autopilot_status = (SELECT 'pending')
-- choices:  queue=channel: AND autopilot_status = 'pending' AND channel = $5
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    idx_message_events_user_status_created, idx_message_events_user_channel_status
-- mode:     read
-- place:    user
-- reads:    message_events
-- hotspot:  Q2
-- timeout:  2 s
-- budget:   5 + 1 * rows
-- note:     with a channel 'pending' stays a literal: with a parameter a generic plan cannot use the partial index. Without
--           one the subquery keeps the planner off that index, which has no order for it: where most users have few
--           messages, a generic plan would read and sort a busy user's whole queue (746 buffers for 22).
SELECT id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version
FROM message_events
WHERE user_id = $1 AND (created_at, id) > ($2, $3) /*queue*/
ORDER BY created_at, id
LIMIT $4;
