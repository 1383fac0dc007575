// Where leases and the history of runs are kept.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::jobs {

/// A lease as a node asks for it or holds it.
struct Lease {
  std::string name;
  std::int64_t epoch = 0;
};

/// A lease as it stands in the database.
struct LeaseRow {
  std::string_view name;
  std::int64_t epoch = 0;
  bool is_mine = false;     // and has just been renewed
  bool is_expired = false;  // free to be taken
  TimePoint next_run_at{};
  std::optional<TimePoint> last_success_at;
};
BOOST_DESCRIBE_STRUCT(LeaseRow, (), (name, epoch, is_mine, is_expired, next_run_at, last_success_at))

/// One run, or several alike.
struct RunRecord {
  std::string name, node;
  std::optional<std::int64_t> epoch;  // none: per node
  TimePoint started_at{}, ended_at{}, next_run_at{};
  std::optional<std::string> error;  // none: done
  std::int64_t runs = 1, rows = 0;
};

/// Times of leases are the database's; no node's clock matters to them.
class Store {
 public:
  virtual ~Store() = default;

  /// Makes the leases that are missing.
  virtual Task<Result<void>> ensure_leases(RequestContext& request, const std::vector<Job>& jobs) = 0;
  /// Renews what `holder` still holds at these epochs, and tells how all of them stand.
  virtual Task<Result<RowSet<LeaseRow>>> renew_leases(RequestContext& request, std::string holder,
                                                      std::vector<Lease> leases, std::chrono::milliseconds life) = 0;
  /// Ends what still runs under an expired lease, then takes it: the new epoch. Empty: somebody else was faster, or
  /// the holder renewed.
  virtual Task<Result<std::optional<std::int64_t>>> take_lease(RequestContext& request, Lease seen, std::string holder,
                                                               std::chrono::milliseconds life) = 0;
  /// Lets all leases of the holder go, so that another node takes them at once.
  virtual Task<Result<void>> release_leases(RequestContext& request, std::string holder) = 0;

  /// Runs one bite in a transaction that holds the lease at its epoch, and commits.
  /// Errors: precondition_failed when the lease is lost (nothing was done); whatever the bite or the commit answers.
  virtual Task<Result<Bite>> run_bite(RequestContext& request, Lease lease, std::string holder, const Work& work) = 0;

  /// Writes down that a run starts; its id.
  virtual Task<Result<std::int64_t>> start_run(RequestContext& request, const RunRecord& run) = 0;
  /// Writes down how it ended, and on the lease when the next is due.
  virtual Task<Result<void>> finish_run(RequestContext& request, std::int64_t id, const RunRecord& run) = 0;
  /// Writes down runs that are over.
  virtual Task<Result<void>> add_runs(RequestContext& request, const RunRecord& runs) = 0;
  /// Deletes some runs that are older than a week; how many.
  virtual Task<Result<std::int64_t>> purge_runs(RequestContext& request) = 0;
};

/// Over a database that logs in as salesflow_worker, directly or through a transaction pooler.
std::unique_ptr<Store> make_pg_store(postgres::Database& worker_db);

/// Deletes old history, once an hour.
Job purge_runs_job(Store& store);

}  // namespace salesflow::jobs
