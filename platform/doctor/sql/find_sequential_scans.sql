-- Large tables of tenants that are read as a whole again and again.
-- params:   $1 large_rows_min int8 | $2 seq_scans_min int8 | $3 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       json_build_object('scans', s.seq_scan, 'rows_each', s.seq_tup_read / s.seq_scan, 'rows', s.n_live_tup, 'index_scans', coalesce(s.idx_scan, 0),
                         'size', pg_size_pretty(pg_table_size(s.relid)))::text AS evidence,
       NULL AS remedy, NULL AS undo
FROM pg_stat_user_tables AS s
WHERE s.schemaname <> ALL ($3::text[]) AND s.n_live_tup >= $1::int8 AND s.seq_scan >= $2::int8 AND s.seq_tup_read / s.seq_scan >= s.n_live_tup / 2
  AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = s.relid AND a.attname IN ('user_id', 'org_id') AND NOT a.attisdropped)
ORDER BY s.seq_tup_read DESC
