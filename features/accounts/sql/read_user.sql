-- The caller's own profile.
-- params:   $1 user_id uuid
-- rows:     id uuid | email text | name text | full_name text | first_name text | last_name text | role text | is_verified bool | company text | phone text | avatar_url text | vertical_id text | row_version int8
-- index:    users_pkey
-- mode:     read
-- place:    accounts
-- reads:    users
-- timeout:  500 ms
-- budget:   8
SELECT id, email::text, name::text, full_name::text, first_name::text, last_name::text, coalesce(role::text, 'user') AS role, coalesce(is_verified, false) AS is_verified, company::text, phone::text,
       avatar_url::text, vertical_id::text, row_version
FROM users WHERE id = $1
