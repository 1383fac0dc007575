-- Policies that show every row of a tenant's table to a role of an API, with no restrictive one beside them.
-- params:   $1 api_roles text[] | $2 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%I.%I %I', p.schemaname, p.tablename, p.policyname) AS object, json_build_object('roles', string_agg(r.role, ', ' ORDER BY r.role), 'command', p.cmd)::text AS evidence,
       format('DROP POLICY %I ON %I.%I', p.policyname, p.schemaname, p.tablename) AS remedy,
       format('CREATE POLICY %I ON %I.%I FOR %s TO %s USING (true)', p.policyname, p.schemaname, p.tablename, p.cmd, array_to_string(p.roles, ', ')) AS undo
FROM pg_policies AS p
JOIN pg_class AS c ON c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass
CROSS JOIN LATERAL (SELECT a.rolname::text AS role FROM pg_roles AS a WHERE a.rolname = ANY ($1::text[]) AND ('public' = ANY (p.roles) OR a.rolname = ANY (p.roles))
                      AND has_table_privilege(a.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')) AS r
WHERE p.permissive = 'PERMISSIVE' AND p.qual = 'true' AND p.cmd IN ('ALL', 'SELECT', 'UPDATE', 'DELETE') AND c.relrowsecurity AND p.schemaname <> ALL ($2::text[]) AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname IN ('user_id', 'org_id') AND a.attnum > 0 AND NOT a.attisdropped)
  AND NOT EXISTS (SELECT FROM pg_policies AS w WHERE (w.schemaname, w.tablename) = (p.schemaname, p.tablename) AND w.permissive = 'RESTRICTIVE' AND w.cmd IN ('ALL', p.cmd)
                    AND ('public' = ANY (w.roles) OR r.role = ANY (w.roles)))
GROUP BY p.schemaname, p.tablename, p.policyname, p.cmd, p.roles
ORDER BY 1
