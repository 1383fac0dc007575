-- Makes an agent of a file a member of the organisation: a user without password, whom nobody has been told of.
-- params:   $1 email text | $2 agent_id uuid | $3 agent_name text | $4 token_hash bytea
-- rows:     outcome text | user_id uuid?
-- index:    none: a function
-- mode:     write
-- writes:   users, org_members
-- timeout:  2 s
-- budget:   400
-- plan:     none, because a function does it; 0020_base_members.up.sql has its rules
SELECT outcome, user_id FROM salesflow.add_org_member($1, 'member', $2, $3, $4, interval '0');
