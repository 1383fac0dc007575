-- Indexes that a broken build left: each write pays for them, no reader uses them.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
-- note:     as migrations/invalid_indexes.cpp: not those that a session builds now
SELECT format('%I.%I', n.nspname, c.relname) AS object,
       json_build_object('table', i.indrelid::regclass::text, 'size', pg_size_pretty(pg_relation_size(c.oid)))::text AS evidence,
       CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname)
            ELSE format('REINDEX INDEX CONCURRENTLY %I.%I', n.nspname, c.relname) END AS remedy, NULL AS undo
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i' JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT (i.indisvalid AND i.indisready) AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.datname = current_database() AND p.index_relid = c.oid)
ORDER BY 1
