-- The same as find_login, by user: for who changes the own password.
-- params:   $1 user_id uuid
-- rows:     id uuid | email text | name text | full_name text | first_name text | last_name text | role text | is_verified bool | company text | phone text | avatar_url text | vertical_id text | password_hash text | found_hash text | auth_hash text | fingerprint bytea | bcrypt_cost int4 | is_shared bool | has_profile bool | needs_confirmation bool | is_active bool | org_id uuid | org_role text
-- index:    none: inside the function, primary key of users
-- mode:     read
-- place:    accounts
-- reads:    users, org_members, salesflow.passwords, salesflow.adoption
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   30
SELECT user_id, email, name, full_name, first_name, last_name, role, is_verified, company, phone, avatar_url, vertical_id,
       password_hash, found_hash, auth_hash, fingerprint, bcrypt_cost, is_shared, has_profile, needs_confirmation, is_active, org_id, org_role
FROM salesflow.describe_login($1)
