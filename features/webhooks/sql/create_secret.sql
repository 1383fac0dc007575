-- Stores a new secret of a channel; those before it live for the overlap, then expire.
-- params:   $1 id uuid | $2 user_id uuid | $3 org_id uuid | $4 webhook_channel text | $5 sealed bytea | $6 overlap_s int4
-- rows:     id uuid | channel text | created_at timestamptz | expires_at timestamptz?
-- index:    webhook_secrets_user_channel_idx
-- mode:     write
-- place:    user
-- writes:   webhook_secrets
-- timeout:  2 s
-- budget:   80
-- note:     no row: five secrets of the channel are alive. What has expired goes on the way.
WITH gone AS (
  DELETE FROM webhook_secrets WHERE user_id = $2 AND channel = $4 AND expires_at <= now()
), live AS (
  SELECT count(*) < 5 AS has_room FROM webhook_secrets WHERE user_id = $2 AND channel = $4 AND coalesce(expires_at, 'infinity') > now()
), older AS (
  UPDATE webhook_secrets SET expires_at = least(coalesce(expires_at, 'infinity'), now() + $6 * interval '1 second')
  WHERE user_id = $2 AND channel = $4 AND coalesce(expires_at, 'infinity') > now() AND (SELECT has_room FROM live)
)
INSERT INTO webhook_secrets (id, user_id, org_id, channel, sealed)
SELECT $1, $2, $3, $4, $5 FROM live WHERE has_room
RETURNING id, channel, created_at, expires_at;
