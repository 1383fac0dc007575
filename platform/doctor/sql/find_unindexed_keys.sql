-- Foreign keys of large tables without an index for them: each delete of a referenced row reads the whole table.
-- params:   $1 large_rows_min int8 | $2 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text? | level text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     an index serves when its first keys are the key's columns, in any order; the tenant among them may be missing.
--           Where an index begins with the tenant alone, a delete reads that tenant's rows: no more than advice.
SELECT format('%I.%I', n.nspname, c.relname) || ' ' || quote_ident(k.conname) AS object,
       json_build_object('table', format('%I.%I', n.nspname, c.relname), 'references', k.confrelid::regclass::text, 'rows', c.reltuples::int8,
                         'columns', string_agg(quote_ident(a.attname), ', ' ORDER BY p.place))::text AS evidence,
       format('CREATE INDEX CONCURRENTLY %I ON %I.%I (%s)', left('idx_' || c.relname || '_' || string_agg(a.attname, '_' ORDER BY p.place), 63), n.nspname, c.relname,
              string_agg(quote_ident(a.attname), ', ' ORDER BY p.place)) AS remedy,
       format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, left('idx_' || c.relname || '_' || string_agg(a.attname, '_' ORDER BY p.place), 63)) AS undo,
       CASE WHEN EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[0] AND t.attname IN ('user_id', 'org_id')
                         WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL AND t.attnum = ANY (k.conkey)) THEN 'info' END AS level
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid AND NOT c.relispartition JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN unnest(k.conkey) WITH ORDINALITY AS p (attnum, place)
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.attnum
WHERE k.contype = 'f' AND c.reltuples >= $1::int8 AND n.nspname <> ALL ($2::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_index AS i CROSS JOIN generate_series(1, cardinality(k.conkey)) AS m
                  WHERE i.indrelid = k.conrelid AND i.indisvalid AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\(\w+ IS NOT NULL\)$')
                    AND (i.indkey::int2[])[0:m - 1] <@ k.conkey
                    AND ARRAY(SELECT t.attnum FROM pg_attribute AS t WHERE t.attrelid = k.conrelid AND t.attnum = ANY (k.conkey) AND (t.attname NOT IN ('user_id', 'org_id') OR cardinality(k.conkey) = 1))
                        <@ (i.indkey::int2[])[0:m - 1])
GROUP BY n.nspname, c.relname, c.reltuples, k.conname, k.confrelid, k.conrelid, k.conkey
ORDER BY 1
