-- Changes a member's role in the organisation in use; the function checks who may.
-- params:   $1 user_id uuid | $2 role text
-- rows:     outcome text (changed, not_found, forbidden, last_owner)
-- index:    none: inside the function, primary keys
-- mode:     write
-- writes:   org_members, salesflow.sessions
-- plan:     none, because it calls one function that checks who may
-- timeout:  2 s
-- budget:   100
SELECT outcome FROM salesflow.set_org_member_role($1, $2)
