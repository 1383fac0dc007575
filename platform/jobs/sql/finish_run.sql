-- Writes down how a run ended and when the next is due; on the lease too, while it is still the run's.
-- params:   $1 id int8 | $2 name text | $3 epoch int8 | $4 ended_at timestamptz | $5 outcome text | $6 rows int8 | $7 error text | $8 next_run_at timestamptz
-- rows:     none
-- index:    job_runs_pkey, job_leases_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases, salesflow.job_runs
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   60
WITH lease AS (
  UPDATE salesflow.job_leases SET backend_pid = NULL, backend_start = NULL, next_run_at = $8,
                                  last_success_at = CASE $5 WHEN 'done' THEN $4 ELSE last_success_at END
  WHERE name = $2 AND epoch = $3
)
UPDATE salesflow.job_runs SET ended_at = $4, outcome = $5, rows = $6, error = left($7, 1000), next_run_at = $8 WHERE id = $1;
