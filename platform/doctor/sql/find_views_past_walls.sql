-- Views that roles of an API may read, run as an owner whom row level security does not bind, and name no tenant.
-- params:   $1 api_roles text[] | $2 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT g.name AS object, json_build_object('roles', g.roles, 'table', g.tables)::text AS evidence, format('ALTER VIEW %s SET (security_invoker = true)', g.name) AS remedy,
       format('ALTER VIEW %s RESET (security_invoker)', g.name) AS undo
FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name, (SELECT string_agg(DISTINCT CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE e.grantee::regrole::text END, ', ') FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS e WHERE (e.grantee = 0 OR e.grantee IN (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = ANY ($1::text[]))) AND e.privilege_type = 'SELECT') AS roles,
             (SELECT string_agg(DISTINCT t.oid::regclass::text, ', ') FROM pg_rewrite AS w
              JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
              JOIN pg_class AS t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') AND t.relrowsecurity
              JOIN pg_roles AS o ON o.oid = c.relowner
              WHERE w.ev_class = c.oid AND (o.rolsuper OR o.rolbypassrls OR (t.relowner = o.oid AND NOT t.relforcerowsecurity))) AS tables
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind = 'v' AND n.nspname <> ALL ($2::text[]) AND n.nspname !~ '^(pg_|information_schema$)' AND NOT coalesce(c.reloptions::text ~* 'security_invoker=(true|on|yes|1)', false)
        AND pg_get_viewdef(c.oid) !~ 'app\.(user|org)_id|auth\.(uid|jwt|role)|request\.jwt|CURRENT_USER|SESSION_USER'
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) AS g
WHERE g.roles IS NOT NULL AND g.tables IS NOT NULL
ORDER BY 1
