-- What keeps vacuum from removing dead rows: old snapshots, prepared transactions, replication slots, replicas.
-- params:   $1 xmin_age_max int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT h.source AS object, json_build_object('transactions', h.age, 'kind', h.kind)::text AS evidence, h.remedy, NULL AS undo
FROM (SELECT 'pid ' || a.pid AS source, age(a.backend_xmin)::int8 AS age, 'session' AS kind, format('SELECT pg_terminate_backend(%s)', a.pid) AS remedy
      FROM pg_stat_activity AS a WHERE a.pid <> pg_backend_pid() AND a.datname = current_database() AND a.backend_type = 'client backend' AND a.backend_xmin IS NOT NULL
      UNION ALL
      SELECT p.gid, age(p.transaction)::int8, 'prepared transaction', format('ROLLBACK PREPARED %L', p.gid) FROM pg_prepared_xacts AS p WHERE p.database = current_database()
      UNION ALL
      SELECT s.slot_name::text, greatest(age(s.xmin), age(s.catalog_xmin))::int8, 'replication slot', format('SELECT pg_drop_replication_slot(%L)', s.slot_name) FROM pg_replication_slots AS s
      UNION ALL
      SELECT r.application_name, age(r.backend_xmin)::int8, 'replica', 'ALTER SYSTEM SET hot_standby_feedback = off' FROM pg_stat_replication AS r) AS h
WHERE h.age >= $1::int8
ORDER BY h.age DESC
