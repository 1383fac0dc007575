-- How the service's tables are read: sequential scans against index scans, sizes, dead rows; the largest 500.
-- params:   none
-- rows:     name text | live_rows int8 | dead_rows int8 | bytes int8 | seq_scans int8 | seq_rows int8 | index_scans int8 | index_rows int8 |
--           vacuumed_at timestamptz? | analyzed_at timestamptz?
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  2 s
-- budget:   5000
-- note:     pages are those of the last VACUUM or ANALYZE: the size of a file would be asked for under a lock, behind a migration.
SELECT CASE s.schemaname WHEN 'public' THEN s.relname::text ELSE s.schemaname || '.' || s.relname END AS name,
       s.n_live_tup AS live_rows, s.n_dead_tup AS dead_rows, greatest(c.relpages, 0)::bigint * current_setting('block_size')::bigint AS bytes,
       s.seq_scan AS seq_scans, s.seq_tup_read AS seq_rows, coalesce(s.idx_scan, 0) AS index_scans, coalesce(s.idx_tup_fetch, 0) AS index_rows,
       greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed_at, greatest(s.last_analyze, s.last_autoanalyze) AS analyzed_at
FROM pg_catalog.pg_stat_user_tables AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.relid
ORDER BY 4 DESC, 1
LIMIT 500
