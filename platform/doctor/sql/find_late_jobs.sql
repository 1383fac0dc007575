-- Background jobs that have not ended well for three intervals.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.job_leases, salesflow.job_runs
-- clock:    bounded
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  10 s
-- budget:   20000
SELECT j.name AS object, json_build_object('last_success', to_char(j.last_success_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), 'node', coalesce(j.node, '-'))::text AS evidence,
       NULL AS remedy, NULL AS undo
FROM salesflow.list_jobs() AS j WHERE j.is_late ORDER BY j.name
