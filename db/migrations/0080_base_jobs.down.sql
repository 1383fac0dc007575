-- The history of runs goes; no job depends on it.
CALL salesflow.undo(80);
DROP FUNCTION salesflow.list_jobs();
DROP TABLE salesflow.job_runs;
DROP TABLE salesflow.job_leases;
