-- How indexes are used: scans, size, whether one was never scanned; the largest 1,000.
-- params:   none
-- rows:     name text | table_name text | bytes int8 | scans int8 | rows_read int8 | is_unique bool | is_valid bool | is_unused bool
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  2 s
-- budget:   5000
-- note:     of the database that answers: scans on a replica count there. A key is used by every write, a partition's index by its parent.
SELECT s.indexrelname::text AS name, CASE s.schemaname WHEN 'public' THEN s.relname::text ELSE s.schemaname || '.' || s.relname END AS table_name,
       greatest(c.relpages, 0)::bigint * current_setting('block_size')::bigint AS bytes, s.idx_scan AS scans, s.idx_tup_read AS rows_read,
       i.indisunique AS is_unique, i.indisvalid AS is_valid,
       s.idx_scan = 0 AND NOT i.indisunique AND NOT c.relispartition AND NOT i.indisreplident AS is_unused
FROM pg_catalog.pg_stat_user_indexes AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.indexrelid
JOIN pg_catalog.pg_index AS i ON i.indexrelid = s.indexrelid
ORDER BY 3 DESC, 1
LIMIT 1000
