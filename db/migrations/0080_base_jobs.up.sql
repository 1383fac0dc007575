-- why: background jobs run once per database however many nodes there are, also through a transaction pooler, and an
--      operator sees what each run did (docs/decisions/0042).
-- phase: base
-- transaction: one
-- lock: none; only new objects in schema salesflow
-- owner: platform/jobs
-- undo: 0080_base_jobs.down.sql
--
-- A lease is one row for each job. Who leads is (holder, epoch); the epoch only grows.
--   A run's transaction takes the row FOR KEY SHARE at its epoch, after its backend was noted here.
--   A renewal changes expires_at alone, which FOR KEY SHARE lets pass.
--   A takeover of an expired lease ends the noted backend, then raises the epoch, which waits for FOR KEY SHARE.
CREATE TABLE salesflow.job_leases (
  name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
  epoch bigint NOT NULL DEFAULT 0,
  holder text NOT NULL DEFAULT '',
  expires_at timestamptz NOT NULL DEFAULT '-infinity',
  backend_pid integer,
  backend_start timestamptz,
  interval_ms bigint NOT NULL DEFAULT 0,
  deadline_ms bigint NOT NULL DEFAULT 0,
  next_run_at timestamptz NOT NULL DEFAULT '-infinity',
  last_success_at timestamptz,
  CONSTRAINT job_leases_epoch_key UNIQUE (name, epoch)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE salesflow.job_leases IS 'Which node runs each job that runs once per database, until when, and with which backend.';

-- One row for each run; runs of a job that comes every few moments share a row as long as they are alike (runs > 1).
CREATE TABLE salesflow.job_runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  node text NOT NULL,
  epoch bigint,               -- of the lease; NULL: a job that each node runs
  started_at timestamptz NOT NULL,
  ended_at timestamptz,       -- NULL: it runs, or its node died
  outcome text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed')),
  runs bigint NOT NULL DEFAULT 1,
  rows bigint NOT NULL DEFAULT 0,
  error text CHECK (length(error) <= 1000),
  next_run_at timestamptz
) WITH (fillfactor = 85);
CREATE INDEX job_runs_name_idx ON salesflow.job_runs (name, id);
CREATE INDEX job_runs_open_idx ON salesflow.job_runs (name) WHERE ended_at IS NULL;
CREATE INDEX job_runs_started_idx ON salesflow.job_runs (started_at);
CREATE INDEX job_runs_node_idx ON salesflow.job_runs (started_at) WHERE epoch IS NULL;
COMMENT ON TABLE salesflow.job_runs IS 'What background jobs did: start, end, outcome, rows and next time of each run; kept for a week.';

-- All jobs with their last run, for operators through salesflow_app, which may not read the tables: no row in them is a
-- tenant's. Of a job that each node runs, the nodes of the last hour.
CREATE FUNCTION salesflow.list_jobs()
RETURNS TABLE (name text, place text, node text, epoch bigint, lease_expires_at timestamptz, started_at timestamptz, ended_at timestamptz,
               outcome text, runs bigint, rows bigint, error text, next_run_at timestamptz, last_success_at timestamptz, is_late boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.name, 'database', nullif(l.holder, ''), nullif(l.epoch, 0), CASE WHEN l.epoch > 0 THEN l.expires_at END, r.started_at,
         r.ended_at, r.outcome, r.runs, r.rows, r.error, CASE WHEN r.outcome <> 'running' THEN r.next_run_at END, l.last_success_at,
         coalesce(l.last_success_at < now() - (3 * l.interval_ms + l.deadline_ms + 10000) * interval '1 millisecond', false)
  FROM salesflow.job_leases AS l
  LEFT JOIN LATERAL (SELECT j.* FROM salesflow.job_runs AS j WHERE j.name = l.name AND j.epoch IS NOT NULL ORDER BY j.id DESC LIMIT 1) AS r ON true
  UNION ALL
  SELECT n.name, 'node', n.node, NULL, NULL, n.started_at, n.ended_at, n.outcome, n.runs, n.rows, n.error, n.next_run_at, n.last_success_at, false
  FROM (SELECT DISTINCT ON (j.name, j.node) j.*, max(j.ended_at) FILTER (WHERE j.outcome = 'done') OVER (PARTITION BY j.name, j.node) AS last_success_at
        FROM salesflow.job_runs AS j WHERE j.epoch IS NULL AND j.started_at > now() - interval '1 hour'
        ORDER BY j.name, j.node, j.id DESC) AS n
$$;
CALL salesflow.seal();
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE', 'TABLE salesflow.job_leases', 'salesflow_worker');
CALL salesflow.ensure_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE salesflow.job_runs', 'salesflow_worker');
CALL salesflow.ensure_grant('EXECUTE', 'FUNCTION salesflow.list_jobs()', 'salesflow_app');
