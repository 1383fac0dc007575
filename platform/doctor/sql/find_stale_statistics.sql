-- Large tables whose statistics are older than most of their changes, or that have none.
-- params:   $1 large_rows_min int8 | $2 stale_share_max float8 | $3 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%I.%I', s.schemaname, s.relname) AS object,
       json_build_object('changed', s.n_mod_since_analyze, 'rows', s.n_live_tup,
                         'analyzed', coalesce(to_char(greatest(s.last_analyze, s.last_autoanalyze) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), '-'))::text AS evidence,
       format('ANALYZE %I.%I', s.schemaname, s.relname) AS remedy, NULL AS undo
FROM pg_stat_user_tables AS s
WHERE s.schemaname <> ALL ($3::text[]) AND s.n_live_tup >= $1::int8 AND s.n_mod_since_analyze > $2::float8 * s.n_live_tup
ORDER BY s.n_mod_since_analyze DESC
