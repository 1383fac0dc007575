-- Tables that autovacuum was told to leave alone.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%I.%I', n.nspname, c.relname) AS object, json_build_object('option', o.option)::text AS evidence,
       format('ALTER TABLE %I.%I RESET (autovacuum_enabled)', n.nspname, c.relname) AS remedy,
       format('ALTER TABLE %I.%I SET (autovacuum_enabled = false)', n.nspname, c.relname) AS undo
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace CROSS JOIN unnest(c.reloptions) AS o (option)
WHERE o.option ~* '^autovacuum_enabled=(false|off|no|0)$' AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
ORDER BY 1
