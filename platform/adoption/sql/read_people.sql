-- The users of a database, oldest first, whatever columns their table has; for `salesflow org adopt`.
-- params:   none
-- rows:     id uuid | email text | name text | company text | role text | is_active bool
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    accounts
-- reads:    users
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  60 s
-- budget:   0
SELECT u.id, coalesce(to_jsonb(u) ->> 'email', '') AS email, coalesce(to_jsonb(u) ->> 'name', to_jsonb(u) ->> 'full_name', '') AS name,
       coalesce(btrim(to_jsonb(u) ->> 'company'), '') AS company, coalesce(to_jsonb(u) ->> 'role', '') AS role,
       coalesce((to_jsonb(u) ->> 'is_active')::boolean, true) AS is_active
FROM public.users AS u
ORDER BY to_jsonb(u) ->> 'created_at', u.id
