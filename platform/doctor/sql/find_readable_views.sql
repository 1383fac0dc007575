-- Materialized views that roles of an API may read: row level security does not apply to them.
-- params:   $1 api_roles text[] | $2 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT g.name AS object, json_build_object('roles', g.roles)::text AS evidence, format('REVOKE ALL ON %s FROM %s', g.name, g.roles) AS remedy,
       format('GRANT SELECT ON %s TO %s', g.name, g.roles) AS undo
FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name, (SELECT string_agg(DISTINCT CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE e.grantee::regrole::text END, ', ') FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS e WHERE (e.grantee = 0 OR e.grantee IN (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = ANY ($1::text[]))) AND e.privilege_type = 'SELECT') AS roles
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND n.nspname <> ALL ($2::text[]) AND n.nspname !~ '^(pg_|information_schema$)') AS g
WHERE g.roles IS NOT NULL
ORDER BY 1
