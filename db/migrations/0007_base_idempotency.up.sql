-- why: a POST repeated with the same Idempotency-Key gets the first answer again; the answer is stored in
--      the transaction of the effect. Kept 24 hours; the worker deletes by created_at.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: platform/http
-- undo: 0007_base_idempotency.down.sql

CALL salesflow.ensure_own_table('public.idempotency_keys', $$
  user_id uuid NOT NULL
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255)
  route text NOT NULL
  body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32)
  status integer CHECK (status BETWEEN 100 AND 599)
  content_type text
  headers jsonb
  body bytea
  created_at timestamptz NOT NULL DEFAULT now()
$$);
CALL salesflow.ensure_constraint('public.idempotency_keys', 'idempotency_keys_pkey', 'PRIMARY KEY (user_id, key)');
CALL salesflow.ensure_index('public.idempotency_keys', 'idempotency_keys_created_idx', '(created_at)');
CALL salesflow.ensure_user_policy('public.idempotency_keys');
CALL salesflow.ensure_policy('public.idempotency_keys', 'salesflow_worker_all', 'TO salesflow_worker USING (true)');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE public.idempotency_keys', 'salesflow_app');
CALL salesflow.ensure_grant('SELECT (created_at), DELETE', 'TABLE public.idempotency_keys', 'salesflow_worker');
