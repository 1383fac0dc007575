-- Indexes with the definition of another one on the same table.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     of two alike the newer one, or the one that no constraint needs
SELECT format('%I.%I', n.nspname, ca.relname) AS object,
       json_build_object('table', a.indrelid::regclass::text, 'other', cb.relname, 'size', pg_size_pretty(pg_relation_size(a.indexrelid)),
                         'writes', pg_stat_get_tuples_inserted(a.indrelid) + pg_stat_get_tuples_updated(a.indrelid) - pg_stat_get_tuples_hot_updated(a.indrelid))::text AS evidence,
       format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, ca.relname) AS remedy, regexp_replace(pg_get_indexdef(a.indexrelid), '^CREATE (UNIQUE )?INDEX', 'CREATE \1INDEX CONCURRENTLY') AS undo
FROM pg_index AS a JOIN pg_class AS ca ON ca.oid = a.indexrelid JOIN pg_namespace AS n ON n.oid = ca.relnamespace
JOIN pg_index AS b ON b.indrelid = a.indrelid JOIN pg_class AS cb ON cb.oid = b.indexrelid
WHERE a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid AND ca.relam = cb.relam AND coalesce(pg_get_expr(a.indpred, a.indrelid), '') = coalesce(pg_get_expr(b.indpred, b.indrelid), '') AND a.indkey::text = b.indkey::text AND a.indclass = b.indclass AND a.indcollation = b.indcollation AND a.indoption::text = b.indoption::text
  AND coalesce(pg_get_expr(a.indexprs, a.indrelid), '') = coalesce(pg_get_expr(b.indexprs, b.indrelid), '') AND a.indnkeyatts = b.indnkeyatts
  AND a.indisvalid AND b.indisvalid AND NOT ca.relispartition AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT (a.indisprimary OR a.indisreplident OR a.indisclustered OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = a.indexrelid))
  AND (NOT a.indisunique OR b.indisunique)
  AND (a.indexrelid > b.indexrelid OR (b.indisunique AND NOT a.indisunique) OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = b.indexrelid))
ORDER BY 1
