-- Whether PostgreSQL finds its pages in memory.
-- params:   $1 cold_blocks_min int8 | $2 hit_share_min float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT d.datname::text AS object,
       json_build_object('percent', round(100.0 * d.blks_hit / (d.blks_hit + d.blks_read), 1), 'read', d.blks_read, 'shared_buffers', current_setting('shared_buffers'))::text AS evidence,
       format('ALTER SYSTEM SET shared_buffers = %L', pg_size_pretty(2 * pg_size_bytes(current_setting('shared_buffers')))) AS remedy,
       format('ALTER SYSTEM SET shared_buffers = %L', current_setting('shared_buffers')) AS undo
FROM pg_stat_database AS d
WHERE d.datname = current_database() AND d.blks_hit + d.blks_read >= $1::int8 AND d.blks_hit + d.blks_read > 0 AND d.blks_hit < $2::float8 * (d.blks_hit + d.blks_read)
