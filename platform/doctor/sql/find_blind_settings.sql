-- Settings without which nobody vacuums, or nobody knows what happens.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text? | level text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.name AS object, json_build_object('value', s.reset_val)::text AS evidence, format('ALTER SYSTEM RESET %I', s.name) AS remedy,
       format('ALTER SYSTEM SET %I = %s', s.name, s.reset_val) AS undo, CASE WHEN s.name IN ('autovacuum', 'track_counts') THEN 'error' END AS level
FROM pg_settings AS s
WHERE s.name IN ('autovacuum', 'track_counts', 'track_activities') AND s.reset_val = 'off'
ORDER BY s.name
