-- Lists the users with leads, each with its oldest organisation and how many leads it has.
-- params:   none
-- rows:     user_id uuid | org_id uuid? | leads int8
-- index:    none: inside a function
-- mode:     read
-- reads:    leads, org_members
-- plan:     none, because it calls a function that only the worker may execute
-- timeout:  30 s
-- budget:   0
SELECT user_id, org_id, leads FROM salesflow.list_lead_owners()
