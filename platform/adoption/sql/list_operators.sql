-- Who may read /api/ops: operators, and superadmins beside them; by address. For `salesflow operator list`.
-- params:   none
-- rows:     id uuid | email text | is_superadmin bool | added_at timestamptz?
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    accounts
-- reads:    users, salesflow.operators
-- plan:     none, because the migrating login runs it
-- timeout:  60 s
-- budget:   0
SELECT u.id, coalesce(u.email, '') AS email, coalesce(u.role::text = 'superadmin', false) AS is_superadmin, o.added_at
FROM public.users AS u
LEFT JOIN salesflow.operators AS o ON o.user_id = u.id
WHERE o.user_id IS NOT NULL OR u.role::text IN ('superadmin', 'operator')
ORDER BY 2, 1
