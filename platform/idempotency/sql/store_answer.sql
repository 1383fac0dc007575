-- Stores the answer of a request under its Idempotency-Key, over one that is older than a day.
-- params:   $1 user_id uuid | $2 key text | $3 route text | $4 body_sha256 bytea | $5 status int4 | $6 content_type text | $7 headers jsonb | $8 body bytea
-- rows:     none
-- index:    idempotency_keys_pkey
-- mode:     write
-- place:    user
-- writes:   idempotency_keys
-- timeout:  2 s
-- budget:   40
INSERT INTO idempotency_keys (user_id, key, route, body_sha256, status, content_type, headers, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (user_id, key) DO UPDATE
SET route = $3, body_sha256 = $4, status = $5, content_type = $6, headers = $7, body = $8, created_at = now()
WHERE idempotency_keys.created_at <= now() - interval '24 hours';
