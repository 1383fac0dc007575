-- The members of an organisation by name, to find the owners of imported deals.
-- params:   $1 org_id uuid
-- rows:     id uuid | name text | email text
-- index:    org_members_pkey, users_pkey
-- mode:     read
-- place:    accounts
-- reads:    org_members, users
-- timeout:  2 s
-- budget:   20 + 12 * rows
SELECT u.id, u.name::text, u.email::text FROM org_members AS m JOIN users AS u ON u.id = m.user_id WHERE m.org_id = $1;
