-- Memory settings below what any server of today has.
-- params:   $1 shared_buffers_mib_min int8 | $2 work_mem_kib_min int8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT s.name AS object, json_build_object('value', current_setting(s.name), 'least', CASE s.name WHEN 'shared_buffers' THEN $1::int8 || ' MB' ELSE $2::int8 || ' kB' END)::text AS evidence,
       format('ALTER SYSTEM SET %I = %L', s.name, CASE s.name WHEN 'shared_buffers' THEN $1::int8 || 'MB' ELSE $2::int8 || 'kB' END) AS remedy,
       format('ALTER SYSTEM SET %I = %L', s.name, current_setting(s.name)) AS undo
FROM pg_settings AS s
WHERE (s.name = 'shared_buffers' AND s.reset_val::int8 * 8 < $1::int8 * 1024) OR (s.name = 'work_mem' AND s.reset_val::int8 < $2::int8)
ORDER BY s.name
