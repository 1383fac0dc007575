-- Claims a user's Idempotency-Key for this transaction and reads the answer that an earlier request stored.
-- params:   $1 user_id uuid | $2 key text
-- rows:     claimed bool | body_sha256 bytea? | status int4? | content_type text? | headers text? | body bytea?
-- index:    idempotency_keys_pkey
-- mode:     write
-- place:    user
-- writes:   idempotency_keys
-- timeout:  1 s
-- budget:   8
-- note:     the advisory lock lives as long as the transaction, so "in flight" ends with the process that held it. A lock
--           taken after this statement's snapshot may miss an answer stored in between; store_answer then finds the row.
SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || ':' || $2, 7741)) AS claimed,
       k.body_sha256, k.status, k.content_type, k.headers::text AS headers, k.body
FROM (SELECT 1) AS one
LEFT JOIN idempotency_keys AS k
  ON k.user_id = $1 AND k.key = $2 AND k.created_at > now() - interval '24 hours';
