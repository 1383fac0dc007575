-- How many tenants the planner believes in, of each large table with an index that begins with its tenant.
-- params:   $1 large_rows_min int8 | $2 schemas_left_out text[]
-- rows:     table_name text | column_name text | table_rows int8 | believed int8 | is_set text
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT DISTINCT ON (c.oid, a.attname) format('%I.%I', n.nspname, c.relname) AS table_name, quote_ident(a.attname) AS column_name, c.reltuples::int8 AS table_rows,
       greatest(1, CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * c.reltuples ELSE s.n_distinct END)::int8 AS believed,
       (coalesce(a.attoptions::text, '') ~ 'n_distinct')::text AS is_set
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL JOIN pg_class AS x ON x.oid = i.indexrelid JOIN pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.attname IN ('user_id', 'org_id')
JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
WHERE c.relkind = 'r' AND c.reltuples >= $1::int8 AND s.n_distinct <> 0 AND n.nspname <> ALL ($2::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
ORDER BY c.oid, a.attname
