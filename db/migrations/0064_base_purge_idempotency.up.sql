-- why: the worker deletes stored answers by their key; it could read only the time of 0007 and was refused every time. It still
--      reads no answer.
-- phase: base
-- transaction: one
-- lock: none
-- owner: platform/idempotency
-- undo: 0064_base_purge_idempotency.down.sql
CALL salesflow.ensure_grant('SELECT (user_id, key)', 'TABLE public.idempotency_keys', 'salesflow_worker');
