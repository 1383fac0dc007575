-- Forgets deliveries whose timestamp nobody accepts any more, some at a time.
-- params:   none
-- rows:     none
-- index:    webhook_deliveries_expires_idx
-- mode:     write
-- place:    user
-- writes:   webhook_deliveries
-- plan:     none, because salesflow_worker deletes rows of all users, which this login may not
-- timeout:  10 s
-- budget:   8000
DELETE FROM webhook_deliveries AS d
USING (SELECT user_id, digest FROM webhook_deliveries WHERE expires_at < now() ORDER BY expires_at LIMIT 1000) AS old
WHERE d.user_id = old.user_id AND d.digest = old.digest;
