-- Settings by which a crash loses what was acknowledged, or more.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text? | level text
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.name AS object, json_build_object('value', s.reset_val)::text AS evidence, format('ALTER SYSTEM SET %I = %s', s.name, v.good) AS remedy,
       format('ALTER SYSTEM SET %I = %s', s.name, s.reset_val) AS undo, v.level
FROM pg_settings AS s JOIN (VALUES ('fsync', 'off', 'on', 'error'), ('full_page_writes', 'off', 'on', 'error'), ('zero_damaged_pages', 'on', 'off', 'error'),
                                   ('ignore_checksum_failure', 'on', 'off', 'error'), ('synchronous_commit', 'off', 'on', 'warning')) AS v (name, bad, good, level)
  ON v.name = s.name AND v.bad = s.reset_val
ORDER BY s.name
