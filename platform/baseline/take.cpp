#include <algorithm>

#include <fmt/format.h>

#include "platform/baseline/baseline.hpp"
#include "platform/baseline/statements.hpp"
#include "platform/cluster/sql_session.hpp"

namespace salesflow::baseline {
namespace {

using cluster::SqlRows;
using cluster::SqlSession;

constexpr int oldest_version = 130000, newest_tried = 160000, info_version = 140000;

/// Runs one statement; what fails is undone alone, and the transaction goes on.
Result<SqlRows> run(SqlSession& session, std::string_view query) {
  if (const auto point = session.run("SAVEPOINT before_read"); !point)
    return point.error();
  auto rows = session.run(std::string(query));
  if (!rows) {
    if (const auto back = session.run("ROLLBACK TO before_read"); !back)
      return back.error();
  }
  return rows;
}

std::optional<std::int64_t> whole(const SqlRows& rows, std::size_t row, std::size_t column) {
  const auto& cell = rows.rows.at(row).at(column);
  return cell ? std::optional(std::stoll(*cell)) : std::nullopt;
}

/// NULL counts as nothing.
std::int64_t count(const SqlRows& rows, std::size_t row, std::size_t column) {
  return whole(rows, row, column).value_or(0);
}

Result<std::string> read_database(SqlSession& session, Baseline& baseline) {
  const auto rows = run(session, sql::read_database);
  if (!rows)
    return rows.error();
  if (rows->empty())
    return fail(Errc::unavailable, "PostgreSQL keeps no statistics of this database");
  Database& database = baseline.database;
  database.name = rows->value(0, 0);
  database.version = rows->value(0, 1);
  database.version_num = count(*rows, 0, 2);
  database.bytes = count(*rows, 0, 3);
  database.commits = count(*rows, 0, 4);
  database.rollbacks = count(*rows, 0, 5);
  database.blocks_hit = count(*rows, 0, 6);
  database.blocks_read = count(*rows, 0, 7);
  database.temp_bytes = count(*rows, 0, 8);
  database.deadlocks = count(*rows, 0, 9);
  database.stats_reset = rows->value(0, 10);
  database.started_at = rows->value(0, 11);
  database.is_replica = rows->value(0, 12) == "t";
  database.taken_at = rows->value(0, 15);
  if (rows->value(0, 13) != "t")
    baseline.missing.emplace_back(
        "texts of other logins' statements: this login is no member of pg_read_all_stats; an administrator can run: "
        "GRANT pg_read_all_stats TO the login");
  if (database.version_num < oldest_version)
    return fail(Errc::invalid_argument, "PostgreSQL " + database.version + " is too old: 13 is the first that is read");
  if (database.version_num >= newest_tried || database.version_num < 150000)
    baseline.missing.push_back("PostgreSQL " + database.version + " was not tried; 15 was");
  return rows->value(0, 14);
}

void read_statements(SqlSession& session, const std::string& schema, Baseline& baseline) {
  const auto give_up = [&](const std::string& why) { baseline.missing.push_back("statements: " + why); };
  if (schema.empty())
    return give_up(
        "pg_stat_statements is not there; an administrator can add it to shared_preload_libraries, restart PostgreSQL "
        "(hosted ones have it loaded), and run: CREATE EXTENSION pg_stat_statements");
  if (const auto path = session.run("SET LOCAL search_path TO " + cluster::quote_identifier(schema)); !path)
    return give_up(path.error().public_detail);
  const auto rows = run(session, sql::list_statements);
  if (!rows)
    return give_up("pg_stat_statements cannot be read (" + rows.error().public_detail + ")");
  baseline.has_statements = true;
  bool hidden = false;
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    Statement one{.text = rows->value(i, 0)};
    if (one.text == "<insufficient privilege>" || one.text.empty()) {
      hidden = true;
      continue;
    }
    one.calls = count(*rows, i, 1);
    one.total_ms = std::stod(rows->value(i, 2));
    one.max_ms = std::stod(rows->value(i, 3));
    one.rows = count(*rows, i, 4);
    one.blocks_hit = count(*rows, i, 5);
    one.blocks_read = count(*rows, i, 6);
    one.temp_blocks = count(*rows, i, 7);
    baseline.statements.push_back(std::move(one));
  }
  if (hidden)
    give_up("those of other logins are hidden from this one");
  if (baseline.database.version_num < info_version)
    return;
  if (const auto info = run(session, sql::read_statements_reset); info && !info->empty()) {
    baseline.statements_reset = info->value(0, 1);
    if (count(*info, 0, 0) > 0)
      give_up(fmt::format("{} times rarer ones were thrown out for room; pg_stat_statements.max makes more of it",
                          count(*info, 0, 0)));
  }
}

void read_tables(SqlSession& session, Baseline& baseline) {
  const auto rows = run(session, sql::list_tables);
  if (!rows) {
    baseline.missing.push_back("tables: " + rows.error().public_detail);
    return;
  }
  for (std::size_t i = 0; i < rows->rows.size(); ++i)
    baseline.tables.push_back({.name = rows->value(i, 0),
                               .rows = count(*rows, i, 1),
                               .bytes = count(*rows, i, 2),
                               .index_bytes = count(*rows, i, 3),
                               .seq_scans = count(*rows, i, 4),
                               .seq_rows = count(*rows, i, 5),
                               .index_scans = count(*rows, i, 6),
                               .inserts = count(*rows, i, 7),
                               .updates = count(*rows, i, 8),
                               .deletes = count(*rows, i, 9),
                               .hot_updates = count(*rows, i, 10),
                               .dead_rows = count(*rows, i, 11),
                               .blocks_hit = count(*rows, i, 12),
                               .blocks_read = count(*rows, i, 13),
                               .bloat_bytes = whole(*rows, i, 14)});
  const auto unknown = std::count_if(baseline.tables.begin(), baseline.tables.end(),
                                     [](const Table& table) { return table.rows > 0 && !table.bloat_bytes; });
  if (unknown > 0)
    baseline.missing.push_back(fmt::format(
        "wasted space of {} tables: their statistics are not complete, or this login may not read them", unknown));
}

void read_indexes(SqlSession& session, Baseline& baseline) {
  const auto rows = run(session, sql::list_indexes);
  if (!rows) {
    baseline.missing.push_back("indexes: " + rows.error().public_detail);
    return;
  }
  for (std::size_t i = 0; i < rows->rows.size(); ++i)
    baseline.indexes.push_back({.name = rows->value(i, 0),
                                .table = rows->value(i, 1),
                                .definition = rows->value(i, 2),
                                .bytes = count(*rows, i, 3),
                                .scans = count(*rows, i, 4),
                                .rows_read = count(*rows, i, 5),
                                .is_valid = rows->value(i, 6) == "t",
                                .is_unique = rows->value(i, 7) == "t",
                                .bloat_bytes = whole(*rows, i, 8)});
}

void read_settings(SqlSession& session, Baseline& baseline) {
  const auto rows = run(session, sql::list_settings);
  if (!rows) {
    baseline.missing.push_back("settings: " + rows.error().public_detail);
    return;
  }
  for (std::size_t i = 0; i < rows->rows.size(); ++i)
    baseline.settings[rows->value(i, 0)] = rows->value(i, 1);
}

}  // namespace

Result<Baseline> take(SqlSession& session) {
  // All of it is local to the transaction, so that a pooler in front does not mind.
  if (const auto begun = session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); !begun)
    return begun.error();
  for (const char* setting : {"SET LOCAL statement_timeout = '60s'", "SET LOCAL lock_timeout = '2s'",
                              "SET LOCAL search_path TO pg_catalog", "SET LOCAL timezone TO 'UTC'"}) {
    if (const auto set = session.run(setting); !set)
      return set.error();
  }
  Baseline baseline;
  const auto schema = read_database(session, baseline);
  if (!schema)
    return schema.error();
  read_tables(session, baseline);
  read_indexes(session, baseline);
  read_settings(session, baseline);
  read_statements(session, *schema, baseline);
  if (const auto ended = session.run("ROLLBACK"); !ended)
    return ended.error();
  return baseline;
}

}  // namespace salesflow::baseline
