-- Counts what the autopilot sent since an instant and what waits for a person, each up to 10,000.
-- params:   $1 user_id uuid | $2 since timestamptz
-- rows:     auto_sent_today int8 | pending_review int8
-- index:    idx_message_events_user_status_created
-- mode:     read
-- place:    user
-- reads:    message_events
-- clock:    valid_until
-- timeout:  1 s
-- budget:   260
-- note:     both are index-only counts with a cap; literals and the sort key in front keep them on one index.
SELECT (SELECT count(*) FROM (SELECT 1 FROM message_events WHERE user_id = $1 AND autopilot_status = 'sent'
                              AND created_at >= $2 AND direction = 'outbound' LIMIT 10000) AS sent) AS auto_sent_today,
       (SELECT count(*) FROM (SELECT 1 FROM message_events WHERE user_id = $1 AND autopilot_status = 'suggested'
                              LIMIT 10000) AS waiting) AS pending_review;
