-- Statements whose mean time is over the limit, those that took most time in all first.
-- params:   $1 slow_mean_ms float8 | $2 statement_calls_min int8
-- rows:     object text | evidence text | remedy text? | undo text? | statement text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     the query id is what maps a statement to its file where its text is not to be had
SELECT s.queryid::text AS object,
       json_build_object('calls', s.calls, 'mean_ms', round(s.mean_exec_time::numeric, 1), 'max_ms', round(s.max_exec_time::numeric, 1),
                         'total_s', round(s.total_exec_time::numeric / 1000, 1), 'role', s.userid::regrole::text)::text AS evidence,
       NULL AS remedy, NULL AS undo, s.query AS statement
FROM pg_stat_statements AS s
WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AND s.mean_exec_time >= $1::float8 AND s.calls >= $2::int8
  AND (s.query IS NULL OR s.query ~* '^(\s|--[^\n]*\n)*(select|with|insert|update|delete)\M')
ORDER BY s.total_exec_time DESC LIMIT 10
