-- Replicas that are behind.
-- params:   $1 lag_bytes_max int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT coalesce(nullif(r.application_name, ''), 'pid ' || r.pid) AS object,
       json_build_object('size', pg_size_pretty(l.bytes), 'bytes', l.bytes, 'state', r.state, 'seconds', round(extract(epoch FROM r.replay_lag)::numeric, 1), 'address', coalesce(host(r.client_addr), 'local'))::text AS evidence,
       NULL AS remedy, NULL AS undo
FROM pg_stat_replication AS r
CROSS JOIN LATERAL (SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, r.replay_lsn)::int8 AS bytes) AS l
WHERE l.bytes >= $1::int8
ORDER BY l.bytes DESC
