-- Where the user of a token stands now: the organisation it asks for, or the oldest membership.
-- params:   $1 user_id uuid | $2 org_id uuid
-- rows:     is_active bool | is_member bool | org_id uuid | role text
-- index:    none: inside the function, primary keys
-- mode:     read
-- reads:    users, org_members
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   20
SELECT is_active, is_member, org_id, role FROM salesflow.find_identity($1, $2)
