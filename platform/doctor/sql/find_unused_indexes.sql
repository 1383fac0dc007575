-- Indexes that nobody has scanned since the statistics began, with what they cost.
-- params:   $1 index_bytes_min int8 | $2 unused_days_min float8 | $3 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     where statistics were never reset, they are at least as old as the server's start
SELECT format('%I.%I', s.schemaname, s.indexrelname) AS object,
       json_build_object('name', s.indexrelname, 'table', format('%I.%I', s.schemaname, s.relname), 'size', pg_size_pretty(pg_relation_size(s.indexrelid)),
                         'days', round((extract(epoch FROM now() - b.since) / 86400)::numeric, 1),
                         'writes', t.n_tup_ins + t.n_tup_upd - t.n_tup_hot_upd)::text AS evidence,
       format('DROP INDEX CONCURRENTLY %I.%I', s.schemaname, s.indexrelname) AS remedy, regexp_replace(pg_get_indexdef(s.indexrelid), '^CREATE (UNIQUE )?INDEX', 'CREATE \1INDEX CONCURRENTLY') AS undo
FROM pg_stat_user_indexes AS s
JOIN pg_index AS i ON i.indexrelid = s.indexrelid
JOIN pg_class AS c ON c.oid = s.indexrelid
JOIN pg_stat_user_tables AS t ON t.relid = s.relid
CROSS JOIN (SELECT coalesce(d.stats_reset, pg_postmaster_start_time()) AS since FROM pg_stat_database AS d WHERE d.datname = current_database()) AS b
WHERE s.schemaname <> ALL ($3::text[]) AND s.idx_scan = 0 AND i.indisvalid AND NOT (i.indisunique OR i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered)
  AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = s.indexrelid)
  AND pg_relation_size(s.indexrelid) >= $1::int8 AND extract(epoch FROM now() - b.since) / 86400 >= $2::float8
  AND coalesce(t.idx_scan, 0) + t.seq_scan > 0
ORDER BY pg_relation_size(s.indexrelid) DESC
