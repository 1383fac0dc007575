-- Replication slots that nobody reads: they keep WAL until the disk is full.
-- params:   $1 slot_bytes_max int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.slot_name::text AS object,
       json_build_object('size', pg_size_pretty(l.bytes), 'bytes', l.bytes, 'kind', s.slot_type, 'wal_status', coalesce(s.wal_status, '-'))::text AS evidence,
       format('SELECT pg_drop_replication_slot(%L)', s.slot_name) AS remedy,
       CASE WHEN s.slot_type = 'physical' THEN format('SELECT pg_create_physical_replication_slot(%L)', s.slot_name) END AS undo
FROM pg_replication_slots AS s
CROSS JOIN LATERAL (SELECT coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn), 0)::int8 AS bytes) AS l
WHERE NOT s.active AND (l.bytes >= $1::int8 OR s.wal_status IN ('unreserved', 'lost'))
ORDER BY l.bytes DESC
