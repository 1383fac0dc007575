-- Stores a hash made with today's parameters, after a login with the old one.
-- params:   $1 user_id uuid | $2 password_hash text
-- rows:     none
-- index:    none: inside the function, primary key of users
-- mode:     write
-- writes:   users
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   60
SELECT salesflow.store_password_hash($1, $2)::text
