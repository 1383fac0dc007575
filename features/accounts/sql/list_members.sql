-- The members of the organisation in use, by user id; one keyset page.
-- params:   $1 org_id uuid | $2 after_user_id uuid (nil for the first page) | $3 limit_rows int4
-- rows:     user_id uuid | email text | name text | role text | is_active bool | is_verified bool | last_login timestamptz? | joined_at timestamptz
-- index:    org_members_pkey
-- mode:     read
-- place:    accounts
-- reads:    org_members, users
-- timeout:  500 ms
-- budget:   8 + 12 * rows
-- sorts:    the rows of one page, which the inner LIMIT has chosen
-- note:     the inner LIMIT comes before the join, so that a page costs its own rows only
SELECT m.user_id, u.email::text, coalesce(u.name::text, u.email::text) AS name, m.role, coalesce(u.is_active, true) AS is_active,
       coalesce(u.is_verified, false) AS is_verified, u.last_login, m.created_at AS joined_at
FROM (SELECT user_id, role, created_at FROM org_members WHERE org_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3) AS m
JOIN users AS u ON u.id = m.user_id
ORDER BY m.user_id
