-- Stores our hash after a login with an older one.
-- params:   $1 user_id uuid | $2 password_hash text | $3 fingerprint bytea
-- rows:     none
-- index:    none: inside the function, primary key of users
-- mode:     write
-- writes:   users, salesflow.passwords
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   60
SELECT salesflow.store_password_hash($1, $2, $3)::text
