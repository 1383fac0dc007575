-- Tables whose policies hold for their owner, too, and so for the migrating login; for `salesflow adopt`.
-- params:   none
-- rows:     name text
-- index:    none: catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  10 s
-- budget:   0
SELECT c.relname::text AS name FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relforcerowsecurity
  AND NOT (SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles AS r WHERE r.rolname = current_user)
ORDER BY 1
