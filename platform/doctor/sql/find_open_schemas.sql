-- Schemas in which everybody may make objects, also ones that take the place of others.
-- params:   $1 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT quote_ident(n.nspname) AS object, json_build_object('owner', n.nspowner::regrole::text)::text AS evidence, format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', n.nspname) AS remedy,
       format('GRANT CREATE ON SCHEMA %I TO PUBLIC', n.nspname) AS undo
FROM pg_namespace AS n
WHERE n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)' AND EXISTS (SELECT FROM aclexplode(n.nspacl) AS e WHERE e.grantee = 0 AND e.privilege_type = 'CREATE')
ORDER BY 1
