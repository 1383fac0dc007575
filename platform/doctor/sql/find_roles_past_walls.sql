-- Roles of an API that row level security does not bind.
-- params:   $1 api_roles text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT r.rolname::text AS object, json_build_object('why', CASE WHEN r.rolsuper THEN 'superuser' WHEN r.rolbypassrls THEN 'bypassrls' ELSE 'owner of ' || t.name END)::text AS evidence,
       CASE WHEN r.rolsuper THEN format('ALTER ROLE %I NOSUPERUSER', r.rolname) WHEN r.rolbypassrls THEN format('ALTER ROLE %I NOBYPASSRLS', r.rolname)
            ELSE format('ALTER TABLE %s OWNER TO salesflow_owner', t.name) END AS remedy,
       CASE WHEN r.rolsuper THEN format('ALTER ROLE %I SUPERUSER', r.rolname) WHEN r.rolbypassrls THEN format('ALTER ROLE %I BYPASSRLS', r.rolname)
            ELSE format('ALTER TABLE %s OWNER TO %I', t.name, r.rolname) END AS undo
FROM pg_roles AS r
LEFT JOIN LATERAL (SELECT c.oid::regclass::text AS name FROM pg_class AS c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relforcerowsecurity LIMIT 1) AS t ON true
WHERE r.rolname = ANY ($1::text[]) AND (r.rolsuper OR r.rolbypassrls OR t.name IS NOT NULL)
ORDER BY 1
