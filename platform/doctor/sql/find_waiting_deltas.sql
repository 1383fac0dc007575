-- Roll-ups whose changes wait for the job that folds them.
-- params:   $1 waiting_deltas_max int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.figure_checks, salesflow.job_leases, salesflow.job_runs
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  20 s
-- budget:   20000
SELECT f.name AS object, json_build_object('waiting', f.waiting, 'job', f.job, 'last_success', coalesce(to_char(f.last_success_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '-'))::text AS evidence,
       CASE WHEN f.job = 'fold_rollups' THEN 'SELECT salesflow.fold_rollups(100000)' ELSE 'SELECT salesflow.refresh_summaries(100000)' END AS remedy, NULL AS undo
FROM salesflow.list_figures() AS f WHERE f.waiting >= $1::int8 ORDER BY f.waiting DESC, f.name
