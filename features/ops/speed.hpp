// How fast the service is: routes and statements of this node in the last minutes, and how the database's tables and
// indexes are used.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::ops {

/// Times are milliseconds and estimates: linear within the bucket of the histogram that they fall into.
struct RouteSpeed {
  std::string route;  // operation: list_events
  std::int64_t requests = 0;
  double per_s = 0;
  std::int64_t errors = 0;   // answers of 500 and above
  std::int64_t refused = 0;  // of 400 to 499
  double mean_ms = 0, p50_ms = 0, p95_ms = 0, p99_ms = 0;
};
BOOST_DESCRIBE_STRUCT(RouteSpeed, (), (route, requests, per_s, errors, refused, mean_ms, p50_ms, p95_ms, p99_ms))

/// What GET /api/ops/routes answers.
struct RoutesAnswer {
  std::string node;     // whose figures these are
  double window_s = 0;  // they are of so many seconds until now
  std::vector<RouteSpeed> routes;
};
BOOST_DESCRIBE_STRUCT(RoutesAnswer, (), (node, window_s, routes))

struct QuerySpeed {
  std::string query;  // events.list_pending, with all its variants
  std::string file;   // its SQL
  std::int64_t calls = 0;
  double per_s = 0;
  std::int64_t errors = 0;
  double rows_a_call = 0;
  double mean_ms = 0, p50_ms = 0, p95_ms = 0, p99_ms = 0;  // from send to answer, with the wait for its turn
  /// Shared buffers a call in the last minute, of all nodes; none: see no_buffers.
  std::optional<double> buffers_a_call;
  std::optional<std::string> budget;  // of its header
};
BOOST_DESCRIBE_STRUCT(QuerySpeed, (),
                      (query, file, calls, per_s, errors, rows_a_call, mean_ms, p50_ms, p95_ms, p99_ms, buffers_a_call,
                       budget))

/// What GET /api/ops/queries answers.
struct QueriesAnswer {
  std::string node;
  double window_s = 0;
  std::optional<std::string> no_buffers;  // why nothing is known of buffers
  std::vector<QuerySpeed> queries;
};
BOOST_DESCRIBE_STRUCT(QueriesAnswer, (), (node, window_s, no_buffers, queries))

/// This node's measurements, as the composition reaches them. Thread-safe; no statement is run.
class Measurements {
 public:
  virtual ~Measurements() = default;
  virtual RoutesAnswer routes() = 0;
  virtual QueriesAnswer queries() = 0;
};

/// A table as PostgreSQL's statistics know it.
struct TableUseRow {
  std::string_view name;
  std::int64_t live_rows = 0, dead_rows = 0;  // estimates
  std::int64_t bytes = 0;                     // as of the last VACUUM or ANALYZE
  std::int64_t seq_scans = 0, seq_rows = 0;
  std::int64_t index_scans = 0, index_rows = 0;
  std::optional<TimePoint> vacuumed_at, analyzed_at;
};
BOOST_DESCRIBE_STRUCT(TableUseRow, (),
                      (name, live_rows, dead_rows, bytes, seq_scans, seq_rows, index_scans, index_rows, vacuumed_at,
                       analyzed_at))

struct IndexUseRow {
  std::string_view name, table_name;
  std::int64_t bytes = 0;
  std::int64_t scans = 0, rows_read = 0;
  bool is_unique = false, is_valid = false;
  bool is_unused = false;  // never scanned since the statistics began, and holds nothing up (no key)
};
BOOST_DESCRIBE_STRUCT(IndexUseRow, (), (name, table_name, bytes, scans, rows_read, is_unique, is_valid, is_unused))

struct StatisticsRow {
  std::optional<TimePoint> began_at;  // when the database's counters were set to zero
};
BOOST_DESCRIBE_STRUCT(StatisticsRow, (), (began_at))

/// What GET /api/ops/indexes answers, of the database that answers.
struct IndexesAnswer {
  std::optional<TimePoint> since;  // none: since the database was made
  RowSet<TableUseRow> tables;
  RowSet<IndexUseRow> indexes;
};
BOOST_DESCRIBE_STRUCT(IndexesAnswer, (), (since, tables, indexes))

class SpeedStore {
 public:
  virtual ~SpeedStore() = default;
  /// The largest 500, by size.
  virtual Task<Result<RowSet<TableUseRow>>> list_tables(RequestContext& request) = 0;
  virtual Task<Result<RowSet<IndexUseRow>>> list_indexes(RequestContext& request) = 0;
  virtual Task<Result<OneRow<StatisticsRow>>> read_statistics(RequestContext& request) = 0;
};

std::unique_ptr<SpeedStore> make_pg_speed_store(postgres::Database& database);

Task<Result<IndexesAnswer>> list_index_use(SpeedStore& store, RequestContext& request);

}  // namespace salesflow::ops
