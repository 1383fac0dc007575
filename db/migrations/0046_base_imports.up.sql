-- why: an import of any size is a job that survives its process. Each batch commits its leads together with the
--      job's position, its digest and the rows it refused, so that a killed import leaves whole batches only.
-- phase: base
-- transaction: one
-- lock: none on found tables
-- owner: imports
-- undo: 0046_base_imports.down.sql
--
--   rows_read      records of the file that are decided, the position at which resuming goes on
--   digest         SHA-256 over these records, so that resuming with another file is refused
--   bytes_read     how much of the file the reader had taken then; bytes_total when the sender said it
CALL salesflow.ensure_own_table('public.import_jobs', $$
  id uuid NOT NULL
  user_id uuid NOT NULL
  kind text NOT NULL CHECK (kind IN ('leads'))
  status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'failed'))
  file_name text
  options jsonb NOT NULL
  dry_run boolean NOT NULL DEFAULT false
  rows_read bigint NOT NULL DEFAULT 0
  bytes_read bigint NOT NULL DEFAULT 0
  bytes_total bigint
  digest bytea NOT NULL DEFAULT ''
  imported bigint NOT NULL DEFAULT 0
  updated bigint NOT NULL DEFAULT 0
  duplicates bigint NOT NULL DEFAULT 0
  errors bigint NOT NULL DEFAULT 0
  problem text
  created_at timestamptz NOT NULL DEFAULT now()
  updated_at timestamptz NOT NULL DEFAULT now()
  finished_at timestamptz
  row_version bigint NOT NULL DEFAULT 1
$$);
CALL salesflow.ensure_constraint('public.import_jobs', 'import_jobs_pkey', 'PRIMARY KEY (user_id, id)');
CALL salesflow.ensure_index('public.import_jobs', 'import_jobs_user_created_idx', '(user_id, created_at DESC, id DESC)');
CALL salesflow.ensure_tenant_table('public.import_jobs', 'user', true);
CALL salesflow.ensure_storage('public.import_jobs', '{fillfactor=70}');

-- Refused rows. line: the record in the file, from 1, the header counts; content: the record as far as text can hold it.
CALL salesflow.ensure_own_table('public.import_errors', $$
  user_id uuid NOT NULL
  job_id uuid NOT NULL
  line bigint NOT NULL
  field text NOT NULL
  reason text NOT NULL
  content text NOT NULL
$$);
CALL salesflow.ensure_constraint('public.import_errors', 'import_errors_pkey', 'PRIMARY KEY (user_id, job_id, line)');
CALL salesflow.ensure_foreign_key('public.import_errors', 'import_errors_job_fkey', 'user_id, job_id', 'public.import_jobs (user_id, id)', 'ON DELETE CASCADE');
CALL salesflow.ensure_user_policy('public.import_errors');
CALL salesflow.ensure_outbox('public.import_errors', 'user_id', NULL, 'job_id');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE public.import_errors', 'salesflow_app');
CALL salesflow.seal();
