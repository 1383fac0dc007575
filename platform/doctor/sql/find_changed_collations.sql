-- Whether the order of texts changed under the indexes, by another version of the system's library.
-- params:   none
-- rows:     object text | evidence text | remedy text? | undo text?
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT d.datname::text AS object, json_build_object('made_with', d.datcollversion, 'now', coalesce(pg_database_collation_actual_version(d.oid), '-'))::text AS evidence,
       format('REINDEX DATABASE CONCURRENTLY %I', d.datname) AS remedy, NULL AS undo
FROM pg_database AS d
WHERE d.datname = current_database() AND d.datcollversion IS NOT NULL AND d.datcollversion IS DISTINCT FROM pg_database_collation_actual_version(d.oid)
