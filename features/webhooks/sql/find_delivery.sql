-- Finds the event of a delivery that came before.
-- params:   $1 user_id uuid | $2 digest bytea
-- rows:     event_id uuid?
-- index:    webhook_deliveries_pkey
-- mode:     read
-- place:    user
-- reads:    webhook_deliveries
-- timeout:  1 s
-- budget:   6
SELECT event_id FROM webhook_deliveries WHERE user_id = $1 AND digest = $2;
