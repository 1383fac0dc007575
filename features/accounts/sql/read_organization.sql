-- The organisation in use, with the caller's role in it.
-- params:   $1 org_id uuid | $2 user_id uuid
-- rows:     id uuid | name text | role text | created_at timestamptz
-- index:    organizations_pkey
-- mode:     read
-- place:    accounts
-- reads:    organizations, org_members
-- timeout:  500 ms
-- budget:   16
SELECT o.id, o.name, m.role, o.created_at
FROM organizations AS o JOIN org_members AS m ON m.org_id = o.id AND m.user_id = $2
WHERE o.id = $1
