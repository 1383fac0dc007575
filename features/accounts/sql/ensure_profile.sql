-- Makes the row in users of somebody whom only the found login service knows.
-- params:   $1 user_id uuid | $2 email text | $3 first_name text | $4 last_name text | $5 full_name text
-- rows:     outcome text (exists, created, blocked, no_address, address_taken)
-- index:    none: inside the function, primary key of users
-- mode:     write
-- writes:   users
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  2 s
-- budget:   120
SELECT outcome FROM salesflow.ensure_profile($1, $2, $3, $4, $5)
