-- Tables with a tenant that roles of an API may reach and no row level security guards.
-- params:   $1 api_roles text[] | $2 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT g.name AS object, json_build_object('roles', g.roles)::text AS evidence, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', g.name) AS remedy,
       format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', g.name) AS undo
FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name, (SELECT string_agg(DISTINCT CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE e.grantee::regrole::text END, ', ') FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS e WHERE (e.grantee = 0 OR e.grantee IN (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = ANY ($1::text[])))) AS roles
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND n.nspname <> ALL ($2::text[]) AND n.nspname !~ '^(pg_|information_schema$)' AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname IN ('user_id', 'org_id') AND a.attnum > 0 AND NOT a.attisdropped)
        AND EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS e WHERE e.privilege_type = 'USAGE' AND (e.grantee = 0 OR e.grantee IN (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = ANY ($1::text[]))))) AS g
WHERE g.roles IS NOT NULL
ORDER BY 1
