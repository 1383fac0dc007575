-- Notes a login that succeeded and forgets the account's failed attempts.
-- params:   $1 user_id uuid | $2 email text
-- rows:     none
-- index:    none: inside the function, primary keys
-- mode:     write
-- writes:   users, salesflow.login_attempts
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   60
SELECT salesflow.record_login($1, $2)::text
