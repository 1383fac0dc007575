-- Statements that may want an index: those with most time in all, with their text.
-- params:   $1 wanted_mean_ms float8 | $2 statement_calls_min int8
-- rows:     object text | evidence text | remedy text? | undo text? | statement text
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.queryid::text AS object, json_build_object('calls', s.calls, 'mean_ms', round(s.mean_exec_time::numeric, 1))::text AS evidence,
       NULL AS remedy, NULL AS undo, s.query AS statement
FROM pg_stat_statements AS s
WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AND s.mean_exec_time >= $1::float8 AND s.calls >= $2::int8
  AND s.query ~* '^(\s|--[^\n]*\n)*(select|update|delete)\M'
ORDER BY s.total_exec_time DESC LIMIT 30
