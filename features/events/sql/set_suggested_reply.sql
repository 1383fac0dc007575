-- Stores the autopilot's suggestion for one event of the user; a pending event becomes suggested.
-- params:   $1 user_id uuid | $2 event_id uuid | $3 suggested_reply jsonb | $4 row_version int8
-- variants: version: AND row_version = $4
-- rows:     id uuid | user_id uuid | contact_id uuid? | channel text | direction text | text text | normalized_text text |
--           raw_payload jsonb? | suggested_reply jsonb? | autopilot_status text | template_version text? |
--           persona_variant text? | created_at timestamptz | row_version int8
-- index:    message_events_pkey
-- mode:     write
-- place:    user
-- writes:   message_events
-- timeout:  2 s
-- budget:   80
-- note:     approved, sent and skipped events keep their status: a late suggestion does not undo a decision.
UPDATE public.message_events
SET suggested_reply = $3,
    autopilot_status = CASE WHEN coalesce(autopilot_status, 'pending') = 'pending' THEN 'suggested' ELSE autopilot_status END
WHERE user_id = $1 AND id = $2 /*version*/
RETURNING id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version;
