-- Whether checkpoints come because WAL is full, and not by the clock.
-- params:   $1 checkpoints_min int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT 'max_wal_size' AS object, json_build_object('forced', b.checkpoints_req, 'timed', b.checkpoints_timed, 'value', current_setting('max_wal_size'))::text AS evidence,
       format('ALTER SYSTEM SET max_wal_size = %L', pg_size_pretty(2 * pg_size_bytes(current_setting('max_wal_size')))) AS remedy,
       format('ALTER SYSTEM SET max_wal_size = %L', current_setting('max_wal_size')) AS undo
FROM pg_stat_bgwriter AS b
WHERE b.checkpoints_req >= $1::int8 AND b.checkpoints_req > b.checkpoints_timed
