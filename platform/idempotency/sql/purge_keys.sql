-- Deletes up to a thousand answers that are older than a day, for all users; run by the worker.
-- params:   none
-- rows:     none
-- index:    idempotency_keys_created_idx
-- mode:     write
-- place:    user
-- writes:   idempotency_keys
-- plan:     none, because salesflow_worker runs it, over the rows of all users
-- note:     by key and without a lock: the worker may read nothing else of a stored answer.
-- timeout:  5 s
-- budget:   4000
DELETE FROM idempotency_keys AS k
USING (SELECT user_id, key FROM idempotency_keys WHERE created_at <= now() - interval '24 hours' ORDER BY created_at LIMIT 1000) AS old
WHERE k.user_id = old.user_id AND k.key = old.key;
