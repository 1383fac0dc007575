-- Finds the live secrets of whoever a delivery claims to come from.
-- params:   $1 user_id uuid | $2 webhook_id uuid | $3 webhook_channel text
-- rows:     secret_id uuid | user_id uuid | org_id uuid? | org_role text? | sealed bytea
-- index:    none: inside the function, webhook_secrets_user_channel_idx
-- mode:     read
-- reads:    webhook_secrets, users, org_members
-- plan:     none, because salesflow_auth calls one function, which this login may not
-- timeout:  1 s
-- budget:   30
SELECT secret_id, user_id, org_id, org_role, sealed FROM salesflow.find_webhook_secrets($1, $2, $3);
