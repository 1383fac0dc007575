-- Deletes up to a thousand answers that are older than a day, for all users; run by the worker.
-- params:   none
-- rows:     none
-- index:    idempotency_keys_created_idx
-- mode:     write
-- writes:   idempotency_keys
-- plan:     none, because salesflow_worker runs it, over the rows of all users
-- timeout:  5 s
-- budget:   4000
DELETE FROM idempotency_keys
WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'
                        ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED));
