-- What share of all statements took over a second, at least: more than the limit.
-- params:   $1 slow_share_max float8 | $2 share_calls_min int8 | $3 share_ms float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     pg_stat_statements keeps no distribution: of a statement whose mean is over a second all calls count, of one whose
--           maximum is, one call.
SELECT current_database()::text AS object,
       json_build_object('percent', round((100 * t.slow / t.calls)::numeric, 1), 'slow', t.slow, 'calls', t.calls)::text AS evidence,
       'SELECT queryid, calls, mean_exec_time, query FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 20' AS remedy, NULL AS undo
FROM (SELECT sum(s.calls) AS calls, sum(CASE WHEN s.mean_exec_time >= $3::float8 THEN s.calls WHEN s.max_exec_time >= $3::float8 THEN 1 ELSE 0 END) AS slow
      FROM pg_stat_statements AS s WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AND s.query ~* '^(\s|--[^\n]*\n)*(select|with|insert|update|delete)\M') AS t
WHERE t.calls >= $2::int8 AND t.slow > $1::float8 * t.calls
