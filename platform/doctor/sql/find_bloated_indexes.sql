-- B-trees that take far more pages than their entries need, by the width of their columns.
-- params:   $1 index_bytes_min int8 | $2 bloat_ratio_max float8 | $3 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     an estimate that is too high rather than too low: entries that are kept once for many rows need less
SELECT format('%I.%I', e.nspname, e.relname) AS object,
       json_build_object('table', e.indrelid::regclass::text, 'size', pg_size_pretty(e.relpages::int8 * 8192), 'needs', pg_size_pretty(e.needed::int8 * 8192),
                         'ratio', round((e.relpages / e.needed)::numeric, 1))::text AS evidence,
       format('REINDEX INDEX CONCURRENTLY %I.%I', e.nspname, e.relname) AS remedy, NULL AS undo
FROM (SELECT n.nspname, c.relname, c.relpages, i.indrelid, greatest(1, ceil(c.reltuples * (sum(s.avg_width) + 8 + 8 * count(*) + 4) / 7300)) AS needed
      FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
      JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
      CROSS JOIN unnest(i.indkey::int2[]) AS k (attnum)
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      LEFT JOIN pg_stats AS s ON s.schemaname = tn.nspname AND s.tablename = t.relname AND s.attname = a.attname AND NOT s.inherited
      WHERE i.indexprs IS NULL AND i.indisvalid AND c.reltuples >= 0 AND c.relkind = 'i' AND n.nspname <> ALL ($3::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
      GROUP BY n.nspname, c.relname, c.relpages, c.reltuples, i.indrelid HAVING count(*) = count(s.avg_width)) AS e
WHERE e.relpages::int8 * 8192 >= $1::int8 AND e.relpages > $2::float8 * e.needed
ORDER BY e.relpages DESC
