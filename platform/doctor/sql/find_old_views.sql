-- Materialized views that are wanted and older than three of their intervals.
-- params:   $1 view_intervals_max float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: inside a function
-- mode:     read
-- place:    accounts
-- reads:    salesflow.view_refreshes
-- clock:    bounded
-- plan:     none, because it reads no tenant's rows, and only what was noted while the service ran
-- timeout:  10 s
-- budget:   20000
SELECT v.name AS object, json_build_object('refreshed', to_char(v.refreshed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), 'every_s', v.every_s)::text AS evidence,
       format('SELECT salesflow.refresh_materialized_view(%L)', v.name) AS remedy, NULL AS undo
FROM salesflow.list_view_refreshes() AS v CROSS JOIN salesflow.read_analytics_mode() AS m
WHERE m.views_wanted AND v.refreshed_at < now() - $1::float8 * v.every_s * interval '1 second'
ORDER BY v.name
