-- Large tables whose rows do not lie in the order in which an index of theirs is read by time.
-- params:   $1 large_rows_min int8 | $2 correlation_min float8 | $3 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT DISTINCT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS object,
       json_build_object('correlation', round(s.correlation::numeric, 2), 'rows', c.reltuples::int8, 'index', x.relname)::text AS evidence,
       format('CLUSTER %I.%I USING %I', n.nspname, c.relname, x.relname) AS remedy, NULL AS undo
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indnatts > 1 JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[1] AND a.attname = 'created_at'
JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
WHERE c.relkind = 'r' AND c.reltuples >= $1::int8 AND abs(s.correlation) < $2::float8 AND n.nspname <> ALL ($3::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
  AND x.oid = (SELECT min(o.indexrelid) FROM pg_index AS o WHERE o.indrelid = c.oid AND o.indisvalid AND o.indpred IS NULL AND o.indnatts > 1 AND o.indkey[1] = i.indkey[1])
ORDER BY 1
