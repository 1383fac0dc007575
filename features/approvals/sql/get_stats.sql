-- Counts a user's drafts that wait, and up to 10,000 of those approved since an instant.
-- params:   $1 user_id uuid | $2 today timestamptz
-- rows:     pending int8 | sent_today int8
-- index:    idx_message_queue_user_approved
-- mode:     read
-- place:    user
-- reads:    message_queue, user_draft_counts
-- clock:    valid_until
-- timeout:  1 s
-- budget:   120
-- note:     what waits is kept (user_draft_counts).
SELECT (SELECT coalesce(sum(d.pending), 0)::int8 FROM user_draft_counts AS d WHERE d.user_id = $1) AS pending,
       (SELECT count(*) FROM (SELECT 1 FROM message_queue AS m WHERE m.user_id = $1 AND m.status = 'approved' AND m.approved_at >= $2
                              LIMIT 10000) AS s) AS sent_today;
