-- Remembers one delivery and its event until its timestamp is too old to be accepted; no row when it came before.
-- params:   $1 user_id uuid | $2 digest bytea | $3 expires_at timestamptz | $4 event_id uuid
-- rows:     is_new bool
-- index:    webhook_deliveries_pkey
-- mode:     write
-- place:    user
-- writes:   webhook_deliveries
-- timeout:  2 s
-- budget:   40
-- note:     a second one waits for the transaction of the first and then finds it; if that failed, it takes its place.
INSERT INTO webhook_deliveries (user_id, digest, expires_at, event_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, digest) DO NOTHING
RETURNING true AS is_new;
