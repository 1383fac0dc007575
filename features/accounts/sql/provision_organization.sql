-- Gives a user without any membership an organisation of its own; the oldest membership otherwise.
-- params:   $1 user_id uuid | $2 new_org_id uuid
-- rows:     outcome text (found, created, no_user) | org_id uuid | role text
-- index:    none: inside the function, org_members_user_org_key and primary keys
-- mode:     write
-- writes:   organizations, org_members, salesflow.adopted_organizations
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  2 s
-- budget:   150
SELECT outcome, org_id, role FROM salesflow.provision_organization($1, $2)
