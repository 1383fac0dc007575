-- The roles that the service logs in as, and whether each may.
-- params:   none
-- rows:     name text | may_log_in bool
-- index:    none: catalogue
-- mode:     read
-- reads:    none
-- plan:     none, because it reads the system catalogue
-- timeout:  10 s
-- budget:   0
SELECT n.name, coalesce(r.rolcanlogin, false) AS may_log_in
FROM unnest(ARRAY['salesflow_app', 'salesflow_auth', 'salesflow_worker']) WITH ORDINALITY AS n (name, nr)
LEFT JOIN pg_roles AS r ON r.rolname = n.name
ORDER BY n.nr
