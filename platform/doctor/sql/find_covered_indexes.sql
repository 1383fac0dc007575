-- B-trees whose keys lead a longer one on the same table, so that it answers for them.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT DISTINCT ON (a.indexrelid) format('%I.%I', n.nspname, ca.relname) AS object,
       json_build_object('table', a.indrelid::regclass::text, 'other', cb.relname, 'size', pg_size_pretty(pg_relation_size(a.indexrelid)),
                         'writes', pg_stat_get_tuples_inserted(a.indrelid) + pg_stat_get_tuples_updated(a.indrelid) - pg_stat_get_tuples_hot_updated(a.indrelid))::text AS evidence,
       format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, ca.relname) AS remedy, regexp_replace(pg_get_indexdef(a.indexrelid), '^CREATE (UNIQUE )?INDEX', 'CREATE \1INDEX CONCURRENTLY') AS undo
FROM pg_index AS a JOIN pg_class AS ca ON ca.oid = a.indexrelid JOIN pg_namespace AS n ON n.oid = ca.relnamespace
JOIN pg_am AS m ON m.oid = ca.relam AND m.amname = 'btree'
JOIN pg_index AS b ON b.indrelid = a.indrelid JOIN pg_class AS cb ON cb.oid = b.indexrelid
CROSS JOIN LATERAL (SELECT string_to_array(a.indkey::text, ' ') AS ka, string_to_array(b.indkey::text, ' ') AS kb, string_to_array(array_to_string(a.indclass, ' '), ' ') AS oa,
                           string_to_array(array_to_string(b.indclass, ' '), ' ') AS ob, string_to_array(array_to_string(a.indcollation, ' '), ' ') AS la,
                           string_to_array(array_to_string(b.indcollation, ' '), ' ') AS lb, string_to_array(a.indoption::text, ' ') AS da, string_to_array(b.indoption::text, ' ') AS db,
                           a.indnkeyatts::int AS n) AS k
WHERE a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid AND ca.relam = cb.relam AND coalesce(pg_get_expr(a.indpred, a.indrelid), '') = coalesce(pg_get_expr(b.indpred, b.indrelid), '') AND b.indnkeyatts > a.indnkeyatts AND a.indexprs IS NULL AND b.indexprs IS NULL
  AND k.kb[1:k.n] = k.ka[1:k.n] AND k.ob[1:k.n] = k.oa[1:k.n] AND k.lb[1:k.n] = k.la[1:k.n] AND k.db[1:k.n] = k.da[1:k.n] AND k.ka <@ k.kb
  AND a.indisvalid AND b.indisvalid AND NOT ca.relispartition AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT (a.indisunique OR a.indisprimary OR a.indisreplident OR a.indisclustered OR EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = a.indexrelid))
ORDER BY a.indexrelid, b.indnkeyatts
