-- Makes a user with an organisation it owns, unless the address is taken.
-- params:   $1 user_id uuid | $2 org_id uuid | $3 email text | $4 password_hash text | $5 bcrypt text | $6 first_name text | $7 last_name text | $8 company text | $9 org_name text
-- rows:     outcome text (created, duplicate)
-- index:    none: inside the function, users_email_lower_idx
-- mode:     write
-- writes:   users, salesflow.passwords, organizations, org_members
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  2 s
-- budget:   120
SELECT outcome FROM salesflow.signup_user($1, $2, $3, $4, $5, $6, $7, $8, $9)
