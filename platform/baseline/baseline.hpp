// A baseline: what a database did until now, in numbers, of any PostgreSQL from version 13 on; nothing is written to
// it. Two of them tell what a change was good for (compare.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

namespace salesflow::cluster {
class SqlSession;
}

namespace salesflow::baseline {

/// A statement as pg_stat_statements writes it, counted since its statistics were reset.
struct Statement {
  std::string text{};
  std::int64_t calls = 0, rows = 0, blocks_hit = 0, blocks_read = 0, temp_blocks = 0;
  double total_ms = 0, max_ms = 0;
};

struct Table {
  std::string name{};  // schema.table
  std::int64_t rows = 0, bytes = 0, index_bytes = 0, seq_scans = 0, seq_rows = 0, index_scans = 0;
  std::int64_t inserts = 0, updates = 0, deletes = 0, hot_updates = 0, dead_rows = 0, blocks_hit = 0, blocks_read = 0;
  std::optional<std::int64_t> bloat_bytes{};  // estimated; absent without statistics
};

struct Index {
  std::string name{}, table{}, definition{};
  std::int64_t bytes = 0, scans = 0, rows_read = 0;
  bool is_valid = true, is_unique = false;
  std::optional<std::int64_t> bloat_bytes{};
};

struct Database {
  std::string name{}, version{}, stats_reset{}, started_at{}, taken_at{};
  std::int64_t version_num = 0, bytes = 0, commits = 0, rollbacks = 0, blocks_hit = 0, blocks_read = 0, temp_bytes = 0,
               deadlocks = 0;
  bool is_replica = false;
};

struct Baseline {
  Database database{};
  bool has_statements = false;
  std::string statements_reset{};  // "" before PostgreSQL 14
  std::vector<Statement> statements{};
  std::vector<Table> tables{};
  std::vector<Index> indexes{};
  std::map<std::string, std::string> settings{};
  std::vector<std::string> missing{};  // what could not be seen, why, and what would help
};

/// Reads all of it in one read-only transaction. What one login may not see is named in `missing`, the rest is there.
/// Errors: unavailable, and internal where not even the database itself can be read.
Result<Baseline> take(cluster::SqlSession& session);

/// The file of `salesflow baseline save`, and back. Errors of parsing: invalid_argument, for files of something else
/// and of a later form.
std::string to_json(const Baseline& baseline);
Result<Baseline> from_json(std::string_view text);

}  // namespace salesflow::baseline
