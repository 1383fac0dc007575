-- The role of a user in an organisation that a login asks for.
-- params:   $1 user_id uuid | $2 org_id uuid
-- rows:     role text
-- index:    none: inside the function, primary key of org_members
-- mode:     read
-- reads:    org_members
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   10
SELECT role FROM salesflow.find_membership($1, $2)
