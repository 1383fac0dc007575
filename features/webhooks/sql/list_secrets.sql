-- Lists the live webhook secrets of a user, without what they are.
-- params:   $1 user_id uuid
-- rows:     id uuid | channel text | created_at timestamptz | expires_at timestamptz?
-- index:    webhook_secrets_user_channel_idx
-- mode:     read
-- place:    user
-- reads:    webhook_secrets
-- clock:    bounded
-- timeout:  1 s
-- budget:   10 + 1 * rows
-- note:     five a channel at most.
SELECT id, channel, created_at, expires_at
FROM webhook_secrets
WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now()
ORDER BY channel, created_at, id;
