-- Finds the event that became of a channel's message.
-- params:   $1 user_id uuid | $2 channel text | $3 platform_message_id text
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    message_event_ids_pkey, message_events_pkey
-- mode:     write
-- place:    user
-- reads:    message_event_ids, message_events
-- writes:   none
-- timeout:  1 s
-- budget:   16
-- note:     a write, because a replica may not have it yet: whoever asks was just told that it is there. The event's time stands beside its id, so that of a table by months one month is looked at.
SELECT e.id, e.user_id, e.contact_id, e.channel, e.direction, coalesce(e.text, e.normalized_text) AS text, e.normalized_text, e.raw_payload,
       CASE WHEN e.suggested_reply ? 'message' OR e.suggested_reply IS NULL THEN e.suggested_reply
            ELSE e.suggested_reply || jsonb_build_object('message', e.suggested_reply -> 'text') END AS suggested_reply,
       e.autopilot_status, e.template_version, e.persona_variant, e.created_at, e.row_version
FROM message_event_ids AS k
JOIN message_events AS e ON e.user_id = k.user_id AND e.id = k.event_id AND e.created_at = k.created_at
WHERE k.user_id = $1 AND k.channel = $2 AND k.message_id = $3;
