-- Who belongs to which organisation; for `salesflow org adopt`.
-- params:   none
-- rows:     user_id uuid | org_id uuid | role text
-- index:    none: reads the whole table, once
-- mode:     read
-- reads:    org_members
-- plan:     none, because the migrating login runs it
-- timeout:  60 s
-- budget:   0
SELECT m.user_id, m.org_id, m.role FROM public.org_members AS m ORDER BY m.created_at, m.org_id, m.user_id
