-- Statements that wait for a lock, and who holds it.
-- params:   $1 lock_wait_s float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT 'pid ' || a.pid AS object,
       json_build_object('role', a.usename, 'application', a.application_name, 'state', a.state, 'seconds', extract(epoch FROM now() - a.query_start)::int8,
                         'blocked_by', array_to_string(pg_blocking_pids(a.pid), ', '))::text AS evidence,
       (SELECT format(CASE WHEN b.state = 'active' THEN 'SELECT pg_cancel_backend(%s)' ELSE 'SELECT pg_terminate_backend(%s)' END, b.pid)
        FROM pg_stat_activity AS b WHERE b.pid = ANY (pg_blocking_pids(a.pid)) ORDER BY b.xact_start LIMIT 1) AS remedy, NULL AS undo
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND a.wait_event_type = 'Lock' AND a.query_start < now() - $1::float8 * interval '1 second'
ORDER BY a.query_start
