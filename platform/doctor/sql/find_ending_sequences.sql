-- Sequences that have given out most of their numbers.
-- params:   $1 sequence_share_max float8 | $2 schemas_left_out text[]
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT format('%I.%I', s.schemaname, s.sequencename) AS object, json_build_object('last', s.last_value, 'max', s.max_value, 'percent', round(100.0 * s.last_value / s.max_value, 1))::text AS evidence,
       format('ALTER SEQUENCE %I.%I AS bigint', s.schemaname, s.sequencename) AS remedy, NULL AS undo
FROM pg_sequences AS s
WHERE s.schemaname <> ALL ($2::text[]) AND NOT s.cycle AND s.increment_by > 0 AND s.last_value >= $1::float8 * s.max_value
ORDER BY 1
