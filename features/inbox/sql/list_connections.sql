-- Lists the five channels of the inbox with the user's connection to each.
-- params:   $1 user_id uuid
-- rows:     platform text | is_connected bool | account_name text? | last_sync_at timestamptz? | has_errors bool
-- index:    platform_connections_user_platform_key
-- mode:     read
-- place:    user
-- reads:    platform_connections
-- timeout:  1 s
-- budget:   20
SELECT p.platform, coalesce(c.is_connected, false) AS is_connected, c.account_name::text AS account_name, c.last_sync_at, coalesce(c.error_count, 0) > 0 AS has_errors
FROM unnest(ARRAY['gmail', 'whatsapp_business', 'linkedin', 'instagram', 'facebook']) WITH ORDINALITY AS p (platform, place)
LEFT JOIN LATERAL (SELECT k.is_connected, k.account_name, k.last_sync_at, k.error_count FROM platform_connections AS k
                   WHERE k.user_id = $1 AND k.platform = p.platform LIMIT 1) AS c ON true;
