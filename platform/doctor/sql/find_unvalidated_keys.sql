-- Foreign keys that were added without a look at the rows that were there.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%s %I', k.conrelid::regclass, k.conname) AS object, json_build_object('definition', pg_get_constraintdef(k.oid))::text AS evidence,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', k.conrelid::regclass, k.conname) AS remedy, NULL AS undo
FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace
WHERE k.contype = 'f' AND NOT k.convalidated AND k.conparentid = 0 AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
ORDER BY 1
