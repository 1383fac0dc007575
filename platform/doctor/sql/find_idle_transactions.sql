-- Transactions that are open while their client does nothing.
-- params:   $1 idle_transaction_s float8
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
       json_build_object('role', a.usename, 'application', a.application_name, 'state', a.state, 'seconds', extract(epoch FROM now() - a.state_change)::int8,
                         'blocked_by', array_to_string(pg_blocking_pids(a.pid), ', '))::text AS evidence,
       format('SELECT pg_terminate_backend(%s)', a.pid) AS remedy, NULL AS undo
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND a.state LIKE 'idle in transaction%' AND a.state_change < now() - $1::float8 * interval '1 second'
ORDER BY a.state_change
