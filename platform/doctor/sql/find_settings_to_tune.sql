-- Settings whose defaults serve old disks or small servers: advice, no fault.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.name AS object, json_build_object('value', s.reset_val, 'better', v.better)::text AS evidence, format('ALTER SYSTEM SET %I = %L', s.name, v.better) AS remedy,
       format('ALTER SYSTEM RESET %I', s.name) AS undo
FROM pg_settings AS s JOIN (VALUES ('random_page_cost', '4', '1.1'), ('jit', 'on', 'off'), ('track_io_timing', 'off', 'on'), ('log_lock_waits', 'off', 'on'),
                                   ('idle_in_transaction_session_timeout', '0', '5min')) AS v (name, bad, better)
  ON v.name = s.name AND v.bad = s.reset_val
ORDER BY s.name
