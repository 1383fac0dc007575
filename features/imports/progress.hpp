// How far imports are, as the live stream tells it: of many users at once, so only the worker may ask.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::imports {

/// How much of its file an import has read. percent: of the bytes, 0..100, one decimal; null when their number is not
/// known.
struct FileProgress {
  std::int64_t rows_read = 0, bytes_read = 0;
  std::optional<std::int64_t> bytes_total;
  std::optional<double> percent;
};
BOOST_DESCRIBE_STRUCT(FileProgress, (), (rows_read, bytes_read, bytes_total, percent))

FileProgress how_far(std::int64_t rows_read, std::int64_t bytes_read, std::optional<std::int64_t> bytes_total);

/// A job in the words of GET /api/leads/import/{id}, which tells the rest.
struct JobProgress {
  Uuid id;
  std::string_view kind, status;  // status: running, completed, failed
  bool dry_run = false;
  FileProgress progress;
  std::int64_t imported = 0, updated = 0, duplicates = 0, errors = 0;
  TimePoint updated_at;
  std::optional<TimePoint> finished_at;
};
BOOST_DESCRIBE_STRUCT(JobProgress, (),
                      (id, kind, status, dry_run, progress, imported, updated, duplicates, errors, updated_at,
                       finished_at))

/// As stored; the texts live as long as the RowSet.
struct ProgressRow {
  Uuid user_id, id;
  std::string_view kind, status;
  bool dry_run = false;
  std::int64_t rows_read = 0, bytes_read = 0;
  std::optional<std::int64_t> bytes_total;
  std::int64_t imported = 0, updated = 0, duplicates = 0, errors = 0;
  TimePoint updated_at;
  std::optional<TimePoint> finished_at;
};
BOOST_DESCRIBE_STRUCT(ProgressRow, (),
                      (user_id, id, kind, status, dry_run, rows_read, bytes_read, bytes_total, imported, updated,
                       duplicates, errors, updated_at, finished_at))

JobProgress progress_of(const ProgressRow& row);

struct JobKey {
  Uuid user_id, id;
};

class ProgressStore {
 public:
  static constexpr std::size_t asked_max = 2'000;

  virtual ~ProgressStore() = default;
  /// Each of these jobs once, in no order, as it stands now; absent: there is none, or it is another user's. Of more
  /// than asked_max keys the first ones are left out.
  /// Cost: one statement, one round trip.
  virtual Task<Result<RowSet<ProgressRow>>> list_progress(RequestContext& request, std::vector<JobKey> keys) = 0;
};

/// Over a database that logs in as salesflow_worker.
std::unique_ptr<ProgressStore> make_pg_progress_store(postgres::Database& worker_db);

}  // namespace salesflow::imports
