-- Sets the autopilot status of one event of the user, when it still has the version that the caller saw.
-- params:   $1 user_id uuid | $2 event_id uuid | $3 status text | $4 row_version int8
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
UPDATE public.message_events SET autopilot_status = $3
WHERE user_id = $1 AND id = $2 /*version*/
RETURNING id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text, raw_payload,
       CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
            ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
       autopilot_status, template_version, persona_variant, created_at, row_version;
