-- Whether the server runs out of connections.
-- params:   $1 connection_share_max float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT 'max_connections' AS object,
       json_build_object('used', u.used, 'of', u.places, 'top', (SELECT string_agg(t.line, ', ') FROM (SELECT a.usename || ' ' || count(*) AS line FROM pg_stat_activity AS a
                          WHERE a.backend_type = 'client backend' GROUP BY a.usename ORDER BY count(*) DESC LIMIT 3) AS t))::text AS evidence,
       format('ALTER SYSTEM SET max_connections = %s', 2 * u.places) AS remedy, 'ALTER SYSTEM RESET max_connections' AS undo
FROM (SELECT count(*) AS used, current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS places
      FROM pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS u
WHERE u.used >= $1::float8 * u.places
