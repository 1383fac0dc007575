-- Writes down runs that were alike as one row, when they are over; on the lease too, while it is still theirs.
-- params:   $1 name text | $2 node text | $3 epoch int8 | $4 started_at timestamptz | $5 ended_at timestamptz | $6 outcome text | $7 runs int8 | $8 rows int8 | $9 error text | $10 next_run_at timestamptz
-- rows:     none
-- index:    job_leases_pkey
-- mode:     write
-- place:    accounts
-- writes:   salesflow.job_leases, salesflow.job_runs
-- plan:     none, because salesflow_worker runs it, over tables that only it writes
-- timeout:  2 s
-- budget:   60
WITH lease AS (
  UPDATE salesflow.job_leases SET next_run_at = $10, last_success_at = CASE $6 WHEN 'done' THEN $5 ELSE last_success_at END
  WHERE name = $1 AND epoch = $3
)
INSERT INTO salesflow.job_runs (name, node, epoch, started_at, ended_at, outcome, runs, rows, error, next_run_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, left($9, 1000), $10);
