-- Where the doctor is: version, role, extensions, and what this login may see.
-- params:   $1 schemas_left_out text[]
-- rows:     version text | version_text text | is_replica text | pid text | sees_sessions text | login text | database_name text | statements_schema text |
--           hypopg_schema text | is_migrated text | tables_unseen text
-- index:    none: the catalogue
-- mode:     read
-- place:    none
-- reads:    none
-- plan:     none, because it reads the catalogue and the server's statistics alone
-- timeout:  10 s
-- budget:   20000
SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS version_text, pg_is_in_recovery()::text AS is_replica, pg_backend_pid()::text AS pid,
       (pg_has_role('pg_read_all_stats', 'USAGE'))::text AS sees_sessions, current_user::text AS login, current_database()::text AS database_name,
       coalesce((SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'), '') AS statements_schema,
       coalesce((SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'), '') AS hypopg_schema,
       (EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'salesflow' AND c.relname = 'job_runs'))::text AS is_migrated,
       (SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND n.nspname <> ALL ($1::text[]) AND n.nspname !~ '^(pg_|information_schema$)'
          AND (NOT has_table_privilege(c.oid, 'SELECT') OR row_security_active(c.oid)))::text AS tables_unseen
