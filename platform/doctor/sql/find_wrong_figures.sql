-- Roll-ups and summaries that did not agree with their rows when they were last checked.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.figure_checks, salesflow.job_leases, salesflow.job_runs
-- clock:    bounded
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  20 s
-- budget:   20000
SELECT f.name AS object, json_build_object('wrong', f.wrong, 'kind', f.kind, 'source', f.source, 'checked', to_char(f.verified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))::text AS evidence,
       format('SELECT salesflow.rebuild_figure(%L)', f.name) AS remedy, NULL AS undo
FROM salesflow.list_figures() AS f WHERE f.wrong > 0 ORDER BY f.name
