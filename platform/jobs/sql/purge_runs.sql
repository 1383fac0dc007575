-- Deletes up to a thousand runs that are older than a week.
-- params:   none
-- rows:     none
-- index:    job_runs_started_idx
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_runs
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  5 s
-- budget:   8000
DELETE FROM salesflow.job_runs WHERE id IN (
  SELECT r.id FROM salesflow.job_runs AS r WHERE r.started_at < now() - interval '7 days' ORDER BY r.started_at LIMIT 1000);
