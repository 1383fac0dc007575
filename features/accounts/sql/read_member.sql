-- One member of the organisation in use.
-- params:   $1 org_id uuid | $2 user_id uuid
-- rows:     user_id uuid | email text | name text | role text | is_active bool | is_verified bool | last_login timestamptz? | joined_at timestamptz
-- index:    org_members_pkey, users_pkey
-- mode:     read
-- place:    accounts
-- reads:    org_members, users
-- timeout:  500 ms
-- budget:   20
SELECT m.user_id, u.email::text, coalesce(u.name::text, u.email::text) AS name, m.role, coalesce(u.is_active, true) AS is_active,
       coalesce(u.is_verified, false) AS is_verified, u.last_login, m.created_at AS joined_at
FROM org_members AS m JOIN users AS u ON u.id = m.user_id
WHERE m.org_id = $1 AND m.user_id = $2
