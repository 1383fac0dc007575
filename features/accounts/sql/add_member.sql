-- Adds a user to the organisation in use, or makes one and invites it; the function checks who may.
-- params:   $1 email text | $2 role text | $3 new_user_id uuid | $4 name text | $5 token_hash bytea | $6 ttl_s int4
-- rows:     outcome text (added, invited, already_member, forbidden, blocked) | user_id uuid | org_name text
-- index:    none: inside the function, users_email_lower_idx and primary keys
-- mode:     write
-- writes:   users, org_members, salesflow.password_reset_tokens
-- plan:     none, because it calls one function that checks who may
-- timeout:  2 s
-- budget:   150
SELECT outcome, user_id, org_name FROM salesflow.add_org_member($1, $2, $3, $4, $5, make_interval(secs => $6))
