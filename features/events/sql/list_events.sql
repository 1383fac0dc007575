-- Lists a user's events, newest first; one keyset page. Every filter combination is a statement of its own.
-- params:   $1 user_id uuid | $2 after_created_at timestamptz | $3 after_id uuid | $4 limit_rows int8 | $5 status text | $6 contact_id uuid | $7 channel text | $8 direction text
-- variants: status: AND autopilot_status = $5
-- variants: contact: AND contact_id = $6
-- variants: channel: AND channel = $7
-- variants: direction: AND direction = $8
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    idx_message_events_user_created_direction, idx_message_events_user_status_created, idx_message_events_user_contact_created, idx_message_events_user_channel_status
-- mode:     read
-- place:    user
-- reads:    message_events
-- hotspot:  Q1
-- timeout:  2 s
-- budget:   8 + 1 * rows
-- budgets:  channel: 25 + 1 * rows
-- budgets:  direction: 25 + 1 * rows
-- budgets:  contact: 12 + 1 * rows
-- note:     first page = infinity cursor, never OR; $4 asks for one row more, which only tells that there is a next page.
--           Without a filter or with a status the page costs 8 + rows. A channel that the user has none of walks the
--           user's index: 650. Old rows have no text; clients read suggested_reply.text or .message, so both are there.
SELECT id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version
FROM message_events
WHERE user_id = $1 AND (created_at, id) < ($2, $3) /*status*/ /*contact*/ /*channel*/ /*direction*/
ORDER BY created_at DESC, id DESC
LIMIT $4;
