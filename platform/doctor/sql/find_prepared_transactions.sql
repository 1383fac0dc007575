-- Transactions prepared for two-phase commit that nobody ended.
-- params:   $1 prepared_s float8
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the server's statistics
-- mode:     read
-- place:    none
-- reads:    none
-- clock:    bounded
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT p.gid AS object, json_build_object('owner', p.owner, 'seconds', extract(epoch FROM now() - p.prepared)::int8)::text AS evidence,
       format('ROLLBACK PREPARED %L', p.gid) AS remedy, NULL AS undo
FROM pg_prepared_xacts AS p
WHERE p.database = current_database() AND p.prepared < now() - $1::float8 * interval '1 second'
ORDER BY p.prepared
