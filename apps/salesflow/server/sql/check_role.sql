-- Tells whether this login may serve: row level security must bind it, and the schema must be there.
-- params:   none
-- rows:     role text | bypasses_rls bool | is_owner bool | is_migrated bool
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  2 s
-- budget:   60
SELECT r.rolname::text AS role,
       r.rolsuper OR r.rolbypassrls AS bypasses_rls,
       coalesce((SELECT pg_has_role(r.oid, c.relowner, 'USAGE') FROM pg_class AS c WHERE c.oid = to_regclass('public.message_events')), false) AS is_owner,
       to_regclass('public.message_events') IS NOT NULL AS is_migrated
FROM pg_roles AS r
WHERE r.rolname = current_user
