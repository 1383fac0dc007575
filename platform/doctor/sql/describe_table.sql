-- A table by the name that a statement uses, with its columns and what is known of them.
-- params:   $1 schema_name text | $2 table_name text | $3 large_rows_min int8 | $4 schemas_left_out text[]
-- rows:     table_id text | table_name text | short_name text | kind text | table_rows int8 | column_name text | quoted text | type text | place int8 |
--           distinct_values int8 | width int8 | is_sortable bool
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT c.oid::text AS table_id, format('%I.%I', n.nspname, c.relname) AS table_name, c.relname::text AS short_name, c.relkind::text AS kind, c.reltuples::int8 AS table_rows,
       a.attname::text AS column_name, quote_ident(a.attname) AS quoted, format_type(a.atttypid, a.atttypmod) AS type, a.attnum::int8 AS place,
       coalesce(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * c.reltuples ELSE s.n_distinct END, 1)::int8 AS distinct_values, coalesce(s.avg_width, 0)::int8 AS width,
       EXISTS (SELECT FROM pg_opclass AS o JOIN pg_am AS m ON m.oid = o.opcmethod AND m.amname = 'btree' WHERE o.opcintype = a.atttypid AND o.opcdefault)
         OR a.atttypid = 'varchar'::regtype AS is_sortable
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')
WHERE c.relkind IN ('r', 'p') AND lower(c.relname) = lower($2::text) AND ($1::text = '' AND n.nspname <> 'salesflow_app' OR lower(n.nspname) = lower($1::text))
  AND c.reltuples >= $3::int8 AND n.nspname <> ALL ($4::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
  AND c.oid = (SELECT o.oid FROM pg_class AS o JOIN pg_namespace AS m ON m.oid = o.relnamespace
               WHERE o.relkind IN ('r', 'p') AND lower(o.relname) = lower($2::text) AND ($1::text = '' OR lower(m.nspname) = lower($1::text))
               ORDER BY m.nspname = 'public' DESC, m.nspname LIMIT 1)
ORDER BY a.attnum
