-- Counts a user's drafts that wait and those approved since an instant, each up to 10,000.
-- params:   $1 user_id uuid | $2 today timestamptz
-- rows:     pending int8 | sent_today int8
-- index:    idx_message_queue_user_pending, idx_message_queue_user_approved
-- mode:     read
-- place:    user
-- reads:    message_queue
-- timeout:  1 s
-- budget:   200
SELECT (SELECT count(*) FROM (SELECT 1 FROM message_queue AS m WHERE m.user_id = $1 AND m.status = 'pending' LIMIT 10000) AS p) AS pending,
       (SELECT count(*) FROM (SELECT 1 FROM message_queue AS m WHERE m.user_id = $1 AND m.status = 'approved' AND m.approved_at >= $2
                              LIMIT 10000) AS s) AS sent_today;
