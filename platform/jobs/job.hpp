// Job: a piece of background work, declared once: what it is called, how often it comes, what one bite of it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::jobs {

/// Who runs a job. `once_per_database`: the one node that holds its lease, each bite inside a transaction that holds
/// the lease, too. `per_node`: every process, in transactions of the job's own.
enum class Place { once_per_database, per_node };

/// What one bite did.
struct Bite {
  std::int64_t rows = 0;  // changed or found; for the history
  bool more = false;      // there is more to do at once
};

using Work = std::function<Task<Result<Bite>>(RequestContext&)>;
using Look = std::function<Task<Result<bool>>(RequestContext&)>;

struct Job {
  std::string name;                     // "purge_keys": label of metrics, key of the lease, at most 63 characters
  std::chrono::milliseconds interval;   // from start to start; a run that takes longer is followed by the next at once
  std::chrono::milliseconds jitter{0};  // up to so much is added to each interval
  std::chrono::milliseconds deadline{10'000};  // of a bite
  Place place = Place::once_per_database;
  /// Optional. Asked at the beginning of a run, outside of any transaction: whether there is anything to do. For jobs
  /// that come many times a second, since a bite writes to the lease.
  Look has_work = {};
  /// One bite. Its request carries route and deadline, and for once_per_database the transaction: a store's statements
  /// join it. Called until nothing more is to do, at most bites_max times a run. May be repeated after a crash, so
  /// effects outside that transaction must be idempotent. Errors end the run; the next comes at its time.
  Work run_once;
};

inline constexpr int bites_max = 1000;  // a run

/// When a job counts as late: so long after its last success.
constexpr std::chrono::milliseconds late_after(const Job& job) {
  return 3 * (job.interval + job.jitter) + job.deadline + std::chrono::seconds(10);
}

}  // namespace salesflow::jobs
