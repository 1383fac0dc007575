-- Tables with so many dead rows that vacuum does not keep up.
-- params:   $1 dead_rows_min int8 | $2 dead_share_max float8 | $3 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       json_build_object('dead', s.n_dead_tup, 'rows', s.n_live_tup,
                         'vacuumed', coalesce(to_char(greatest(s.last_vacuum, s.last_autovacuum) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), '-'))::text AS evidence,
       format('VACUUM (ANALYZE) %I.%I', s.schemaname, s.relname) AS remedy, NULL AS undo
FROM pg_stat_user_tables AS s
WHERE s.schemaname <> ALL ($3::text[]) AND s.n_dead_tup >= $1::int8 AND s.n_dead_tup > $2::float8 * (s.n_live_tup + s.n_dead_tup)
ORDER BY s.n_dead_tup DESC
