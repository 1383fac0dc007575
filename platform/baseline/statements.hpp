// What a baseline asks of PostgreSQL's catalogues. Not in sql/: the service never runs these, and `migrate plan` would
// try them on found databases, where pg_stat_statements may be missing.
#pragma once

#include <string_view>

namespace salesflow::baseline::sql {

/// The database as a whole: version, counters since its statistics were reset, and what the login may see. One row.
inline constexpr std::string_view read_database = R"sql(
SELECT current_database()::text AS name, current_setting('server_version') AS version, current_setting('server_version_num')::int4 AS version_num,
       pg_database_size(current_database()) AS bytes, d.xact_commit AS commits, d.xact_rollback AS rollbacks, d.blks_hit AS blocks_hit,
       d.blks_read AS blocks_read, d.temp_bytes, d.deadlocks, d.stats_reset::text AS stats_reset, pg_postmaster_start_time()::text AS started_at,
       pg_is_in_recovery() AS is_replica, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
       (SELECT n.nspname::text FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements') AS statements_schema,
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS taken_at
FROM pg_stat_database AS d WHERE d.datname = current_database())sql";

/// Tables and materialized views with sizes, reads and an estimate of wasted space from their statistics.
inline constexpr std::string_view list_tables = R"sql(
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, greatest(c.reltuples, 0)::int8 AS rows, pg_table_size(c.oid) AS bytes,
       pg_indexes_size(c.oid) AS index_bytes, coalesce(s.seq_scan, 0)::int8 AS seq_scans, coalesce(s.seq_tup_read, 0)::int8 AS seq_rows,
       coalesce(s.idx_scan, 0)::int8 AS index_scans, coalesce(s.n_tup_ins, 0)::int8 AS inserts, coalesce(s.n_tup_upd, 0)::int8 AS updates,
       coalesce(s.n_tup_del, 0)::int8 AS deletes, coalesce(s.n_tup_hot_upd, 0)::int8 AS hot_updates, coalesce(s.n_dead_tup, 0)::int8 AS dead_rows,
       coalesce(i.heap_blks_hit + coalesce(i.idx_blks_hit, 0), 0)::int8 AS blocks_hit,
       coalesce(i.heap_blks_read + coalesce(i.idx_blks_read, 0), 0)::int8 AS blocks_read,
       -- A row is its columns' mean widths, 24 bytes of head, 4 of its pointer and some of alignment. NULL where no statistics may be read.
       CASE WHEN c.reltuples > 0 AND w.columns = (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
            THEN greatest(0, pg_relation_size(c.oid) - ceil(c.reltuples * (w.width + 34)
                   / (current_setting('block_size')::int8 - 24)
                   / coalesce((SELECT substr(o, 12)::float8 / 100 FROM unnest(c.reloptions) AS o WHERE o LIKE 'fillfactor=%'), 1))
                   * current_setting('block_size')::int8)::int8 END AS bloat_bytes
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
LEFT JOIN pg_statio_all_tables AS i ON i.relid = c.oid
LEFT JOIN LATERAL (SELECT count(*) AS columns, sum((1 - p.null_frac) * least(p.avg_width, 2000)) AS width FROM pg_stats AS p
                   WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND NOT p.inherited) AS w ON true
WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1)sql";

/// Indexes with sizes, scans and, of B-trees, an estimate of wasted space.
inline constexpr std::string_view list_indexes = R"sql(
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, quote_ident(tn.nspname) || '.' || quote_ident(t.relname) AS table_name,
       pg_get_indexdef(c.oid) AS definition, pg_relation_size(c.oid) AS bytes, coalesce(s.idx_scan, 0)::int8 AS scans,
       coalesce(s.idx_tup_read, 0)::int8 AS rows_read, x.indisvalid AS is_valid, x.indisunique AS is_unique,
       -- An entry is its columns' mean widths, 8 bytes of head and 4 of its pointer, and nine tenths of a page are filled. Equal keys are kept
       -- once, so the estimate of an index with few different keys is too low. NULL for expressions and where no statistics may be read.
       CASE WHEN am.amname = 'btree' AND c.reltuples > 0 AND w.columns = x.indnatts
            THEN greatest(0, pg_relation_size(c.oid) - (ceil(c.reltuples * (w.width + 12) / ((current_setting('block_size')::int8 - 40) * 0.9)) + 1)
                   * current_setting('block_size')::int8)::int8 END AS bloat_bytes
FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = x.indrelid JOIN pg_namespace AS tn ON tn.oid = t.relnamespace JOIN pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_stat_all_indexes AS s ON s.indexrelid = c.oid
LEFT JOIN LATERAL (SELECT count(*) AS columns, sum((1 - p.null_frac) * least(p.avg_width, 2000)) AS width
                   FROM pg_attribute AS a JOIN pg_stats AS p ON p.schemaname = tn.nspname AND p.tablename = t.relname AND p.attname = a.attname
                   WHERE a.attrelid = t.oid AND a.attnum = ANY (x.indkey) AND NOT p.inherited) AS w ON true
WHERE c.relkind = 'i' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1)sql";

/// Statements of this database that took most time, alike ones of several logins added up. Needs pg_stat_statements on
/// the search path.
inline constexpr std::string_view list_statements = R"sql(
SELECT left(s.query, 4000) AS text, sum(s.calls)::int8 AS calls, sum(s.total_exec_time) AS total_ms, max(s.max_exec_time) AS max_ms,
       sum(s.rows)::int8 AS rows, sum(s.shared_blks_hit)::int8 AS blocks_hit, sum(s.shared_blks_read)::int8 AS blocks_read,
       sum(s.temp_blks_written)::int8 AS temp_blocks
FROM pg_stat_statements AS s
WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AND s.query !~ 'pg_(stat_|settings)'
  AND s.query !~* '^\s*(BEGIN|COMMIT|ROLLBACK|SET|SHOW|RESET|DISCARD|EXPLAIN|DEALLOCATE|START|SAVEPOINT|RELEASE)\M'
GROUP BY 1 ORDER BY 3 DESC LIMIT 1000)sql";

/// When pg_stat_statements was reset, and how often it threw out what it had no room for. From PostgreSQL 14 on.
inline constexpr std::string_view read_statements_reset = R"sql(
SELECT i.dealloc, i.stats_reset::text AS stats_reset FROM pg_stat_statements_info AS i)sql";

/// Settings that are not the built-in ones, and those that decide how fast a database is; without passwords, paths and
/// addresses.
inline constexpr std::string_view list_settings = R"sql(
SELECT s.name, s.setting || coalesce(' ' || s.unit, '') AS value FROM pg_settings AS s
WHERE s.name !~ '(password|passphrase|ssl_|krb|_file$|_directory$|_directories$|listen_addresses|^port$|conninfo|cluster_name|archive_command|restore_command|application_name)'
  AND (s.source IN ('configuration file', 'database', 'user', 'database user', 'command line', 'environment variable')
       OR s.name IN ('shared_buffers', 'work_mem', 'maintenance_work_mem', 'effective_cache_size', 'random_page_cost', 'jit', 'max_connections',
                     'autovacuum', 'synchronous_commit', 'max_wal_size', 'track_io_timing', 'shared_preload_libraries', 'max_parallel_workers_per_gather'))
ORDER BY s.name)sql";

}  // namespace salesflow::baseline::sql
