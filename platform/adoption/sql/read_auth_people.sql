-- The people of auth.users who have an address and are neither banned nor deleted, oldest first; for `salesflow org adopt`.
-- params:   none
-- rows:     id uuid | email text | name text | company text
-- index:    none: reads the whole table, once
-- mode:     read
-- place:    accounts
-- reads:    auth.users
-- clock:    bounded
-- plan:     none, because the migrating login runs it, also before the schema is there
-- timeout:  60 s
-- budget:   0
SELECT a.id, a.email, coalesce(j -> 'raw_user_meta_data' ->> 'full_name', j -> 'raw_user_meta_data' ->> 'name', '') AS name,
       coalesce(j -> 'raw_user_meta_data' ->> 'company', '') AS company
FROM auth.users AS a, to_jsonb(a) AS j
WHERE coalesce(a.email, '') <> '' AND j ->> 'deleted_at' IS NULL AND coalesce((j ->> 'banned_until')::timestamptz, '-infinity') < now()
ORDER BY j ->> 'created_at', a.id
