-- Statements that write temporary files at each call, because work_mem does not hold what they sort or hash.
-- params:   $1 spill_blocks_min int8 | $2 statement_calls_min int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.queryid::text AS object,
       json_build_object('calls', s.calls, 'size', pg_size_pretty(s.temp_blks_written / s.calls * 8192), 'work_mem', current_setting('work_mem'),
                         'role', s.userid::regrole::text, 'statement', left(regexp_replace(s.query, '\s+', ' ', 'g'), 200))::text AS evidence,
       format('ALTER ROLE %s SET work_mem = %L', s.userid::regrole, pg_size_pretty(2 * s.temp_blks_written / s.calls * 8192)) AS remedy,
       format('ALTER ROLE %s RESET work_mem', s.userid::regrole) AS undo
FROM pg_stat_statements AS s
WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AND s.calls >= $2::int8 AND s.temp_blks_written / s.calls >= $1::int8 AND s.query ~* '^(\s|--[^\n]*\n)*(select|with|insert|update|delete)\M'
ORDER BY s.temp_blks_written DESC LIMIT 10
