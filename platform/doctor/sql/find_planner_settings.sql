-- Settings that make the planner choose worse plans than it knows.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.name AS object, json_build_object('value', s.reset_val, 'usual', s.boot_val)::text AS evidence, format('ALTER SYSTEM RESET %I', s.name) AS remedy,
       format('ALTER SYSTEM SET %I = %s', s.name, s.reset_val) AS undo
FROM pg_settings AS s
WHERE (s.name LIKE 'enable\_%' AND s.boot_val = 'on' AND s.reset_val = 'off')
   OR (s.name = 'default_statistics_target' AND s.reset_val::int < 100)
   OR (s.name = 'random_page_cost' AND (s.reset_val::float8 > 4 OR s.reset_val::float8 < (SELECT p.reset_val::float8 FROM pg_settings AS p WHERE p.name = 'seq_page_cost')))
ORDER BY s.name
