-- The organisations a user belongs to, longest first; a login may ask for any of them.
-- params:   $1 user_id uuid | $2 limit_rows int4
-- rows:     id uuid | name text | role text | created_at timestamptz
-- index:    org_members_user_org_key
-- mode:     read
-- place:    accounts
-- reads:    organizations, org_members
-- sorts:    the memberships of one user, a few rows
-- timeout:  500 ms
-- budget:   8 + 12 * rows
SELECT o.id, o.name, m.role, o.created_at
FROM org_members AS m JOIN organizations AS o ON o.id = m.org_id
WHERE m.user_id = $1
ORDER BY m.created_at, m.org_id LIMIT $2
