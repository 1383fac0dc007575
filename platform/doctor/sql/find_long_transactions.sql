-- Transactions that run longer than any request or job of the service may.
-- params:   $1 long_transaction_s float8
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
       json_build_object('role', a.usename, 'application', a.application_name, 'state', a.state, 'seconds', extract(epoch FROM now() - a.xact_start)::int8,
                         'blocked_by', array_to_string(pg_blocking_pids(a.pid), ', '))::text AS evidence,
       format('SELECT pg_cancel_backend(%s)', a.pid) AS remedy, NULL AS undo
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND a.state = 'active' AND a.wait_event_type IS DISTINCT FROM 'Lock' AND a.xact_start < now() - $1::float8 * interval '1 second'
ORDER BY a.xact_start
