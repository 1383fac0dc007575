// Turns message_events into monthly partitions and back while the service runs: `salesflow partition` without its
// printing. docs/decisions/0006-partition-conversion.md says why it works the way it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::partitions {

/// Where partitions live: no role of the service may enter it, and the old table keeps the names of its indexes there.
inline constexpr const char* partition_schema = "salesflow_partitions";

struct Options {
  std::string database_url;              // straight to PostgreSQL, as the table's owner or a member of it
  std::string table = "message_events";  // of schema public; nothing else is accepted
  migrations::ProgressFunction progress;

  int months_ahead = 3;                // whole months after this one that have a partition
  std::string boundary;                // convert: "2027-01", first month of its own; "" = the next one
  std::optional<int> retain_months{};  // maintain: whole months before this one that stay
  bool drop_detached = false;          // maintain: detached partitions are dropped, not kept as tables

  // Together below a second, the shortest time limit of the service's statements: none fails over a swap.
  std::chrono::milliseconds lock_timeout{400};            // waiting for all locks of one attempt; < deadlock_timeout
  std::chrono::milliseconds hold_budget{500};             // longest time that a swap may hold them
  std::chrono::milliseconds lock_budget{120'000};         // all attempts for one step together
  std::chrono::milliseconds build_budget{4 * 3'600'000};  // one concurrent build, validation or materialized view
  std::chrono::milliseconds runner_wait{600'000};         // for another runner or migration
  std::chrono::milliseconds batch_budget{150};            // revert: how long one batch of rows may block writers
};

/// A partition of the table, or, with an empty `from` and `to`, a table that was one.
struct Partition {
  std::string name;        // in schema salesflow_partitions
  std::string from, to;    // RFC 3339, UTC; "" for MINVALUE
  std::int64_t rows = 0;   // as ANALYZE estimates
  std::int64_t bytes = 0;  // with indexes
  bool detaching = false;  // an interrupted DETACH CONCURRENTLY
};

struct Status {
  /// plain | preparing (convert was interrupted before its swap) | converted | reverting
  std::string state = "plain";
  std::string boundary;       // where the months begin, "" when plain
  std::string covered_until;  // from now on without a gap, "" when plain
  std::vector<Partition> partitions, detached;
  std::vector<std::string> pending;  // materialized views not yet bound anew, rows still to move
  std::vector<std::string> alarms;   // next month missing, default partition, interrupted detach
};

struct ConvertReport {
  bool already = false;           // nothing was left to do
  std::int64_t locked_ms = 0;     // how long the swap held its locks
  std::vector<std::string> kept;  // what the comparison found equal, "12 index"
  Status status;
};
struct MaintainReport {
  std::vector<std::string> created, detached, dropped, finished;
  Status status;
};
struct RevertReport {
  bool already = false;
  std::int64_t locked_ms = 0;
  std::int64_t moved_rows = 0;  // out of the months after the boundary
  Status status;
};

/// Makes the table the first partition of a new one of the same name. Reads and writes go on; the longest stall is
/// lock_timeout + hold_budget. A second call after an interruption goes on where the first one stopped.
/// Errors: conflict (the table has what partitions cannot have, or rows past the boundary: the text names each; nothing
/// was changed), unavailable (no lock within lock_budget, naming who holds it), invalid_argument, forbidden, internal
/// (the catalogue comparison found something missing; nothing was changed).
Result<ConvertReport> convert(const Options& options);
/// Creates the months ahead, finishes an interrupted detach, detaches what is past its time. status.alarms is empty
/// when all is well afterwards. Errors: conflict (the table is not partitioned), as convert.
Result<MaintainReport> maintain(const Options& options);
/// Makes it one plain table again. Rows in later months move over in batches; until then they are read through
/// inheritance. Errors: conflict (an id exists twice), as convert.
Result<RevertReport> revert(const Options& options);
/// Looks without touching. `alarms` tells what an operator must do.
Result<Status> status(const Options& options);

}  // namespace salesflow::partitions
