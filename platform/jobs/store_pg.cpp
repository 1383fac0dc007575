#include "platform/jobs/queries.hpp"
#include "platform/jobs/store.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::jobs {
namespace {

constexpr std::uint64_t purged_at_once = 1000;  // as in purge_runs.sql

struct BackendRow {
  std::int32_t pid = 0;
  TimePoint backend_start{};
};
BOOST_DESCRIBE_STRUCT(BackendRow, (), (pid, backend_start))

Error lease_lost() {
  return fail(Errc::precondition_failed, "Another node leads this job now");
}

Result<void> outcome_of(const Result<std::uint64_t>& written) {
  if (!written)
    return written.error();
  return {};
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<void>> ensure_leases(RequestContext& request, const std::vector<Job>& jobs) override {
    std::vector<std::string> names;
    std::vector<std::int64_t> intervals, deadlines;
    for (const Job& job : jobs) {
      names.push_back(job.name);
      intervals.push_back((job.interval + job.jitter).count());
      deadlines.push_back(job.deadline.count());
    }
    co_return outcome_of(co_await db_.write(request, sql::ensure_leases, names, intervals, deadlines));
  }

  Task<Result<RowSet<LeaseRow>>> renew_leases(RequestContext& request, std::string holder, std::vector<Lease> leases,
                                              std::chrono::milliseconds life) override {
    std::vector<std::string> names;
    std::vector<std::int64_t> epochs;
    for (Lease& lease : leases) {
      names.push_back(std::move(lease.name));
      epochs.push_back(lease.epoch);
    }
    co_return co_await db_.read<LeaseRow>(request, sql::renew_leases, std::move(holder), std::move(names),
                                          std::move(epochs), static_cast<std::int64_t>(life.count()));
  }

  Task<Result<std::optional<std::int64_t>>> take_lease(RequestContext& request, Lease seen, std::string holder,
                                                       std::chrono::milliseconds life) override {
    const auto ended = co_await db_.write_one<bool>(request, sql::end_holder, seen.name, seen.epoch);
    if (!ended)
      co_return ended.error();
    const auto taken = co_await db_.write_one<std::int64_t>(request, sql::take_lease, std::move(seen.name), seen.epoch,
                                                            std::move(holder), static_cast<std::int64_t>(life.count()));
    if (!taken)
      co_return taken.error();
    co_return taken->row;
  }

  Task<Result<void>> release_leases(RequestContext& request, std::string holder) override {
    co_return outcome_of(co_await db_.write(request, sql::release_leases, std::move(holder)));
  }

  Task<Result<Bite>> run_bite(RequestContext& request, Lease lease, std::string holder, const Work& work) override {
    const auto body = [&] { return run_inside(request, lease, std::move(holder), work); };
    co_return co_await db_.in_transaction(request, body);
  }

  Task<Result<std::int64_t>> start_run(RequestContext& request, const RunRecord& run) override {
    const auto id =
        co_await db_.write_one<std::int64_t>(request, sql::start_run, run.name, run.node, run.epoch, run.started_at);
    if (!id)
      co_return id.error();
    co_return id->row.value_or(0);
  }

  Task<Result<void>> finish_run(RequestContext& request, std::int64_t id, const RunRecord& run) override {
    co_return outcome_of(co_await db_.write(request, sql::finish_run, id, run.name, run.epoch, run.ended_at,
                                            outcome_text(run), run.rows, run.error, run.next_run_at));
  }

  Task<Result<void>> add_runs(RequestContext& request, const RunRecord& runs) override {
    co_return outcome_of(co_await db_.write(request, sql::add_runs, runs.name, runs.node, runs.epoch, runs.started_at,
                                            runs.ended_at, outcome_text(runs), runs.runs, runs.rows, runs.error,
                                            runs.next_run_at));
  }

  Task<Result<std::int64_t>> purge_runs(RequestContext& request) override {
    const auto deleted = co_await db_.write(request, sql::purge_runs);
    if (!deleted)
      co_return deleted.error();
    co_return static_cast<std::int64_t>(*deleted);
  }

 private:
  static std::string outcome_text(const RunRecord& run) { return run.error ? "failed" : "done"; }

  /// The backend is noted before the lease is held: so whoever holds it can be ended.
  Task<Result<Bite>> run_inside(RequestContext& request, const Lease& lease, std::string holder, const Work& work) {
    const auto backend = co_await db_.read_one<BackendRow>(request, sql::read_backend);
    if (!backend)
      co_return backend.error();
    if (!*backend)
      co_return fail(Errc::internal, "The backend does not know itself");
    RequestContext beside;  // not in the transaction, so that others see it
    beside.route = request.route;
    beside.deadline = request.deadline;
    const auto noted =
        co_await db_.write_one<std::int64_t>(beside, sql::note_backend, lease.name, lease.epoch, std::move(holder),
                                             (*backend)->pid, (*backend)->backend_start);
    if (!noted)
      co_return noted.error();
    if (!*noted)
      co_return lease_lost();
    const auto held = co_await db_.write_one<std::int64_t>(request, sql::hold_lease, lease.name, lease.epoch);
    if (!held)
      co_return held.error();
    if (!*held)
      co_return lease_lost();
    co_return co_await work(request);
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& worker_db) {
  return std::make_unique<PgStore>(worker_db);
}

Job purge_runs_job(Store& store) {
  Job job;
  job.name = "purge_job_runs";
  job.interval = std::chrono::hours(1);
  job.jitter = std::chrono::minutes(1);
  job.run_once = [&store](RequestContext& request) -> Task<Result<Bite>> {
    const auto deleted = co_await store.purge_runs(request);
    if (!deleted)
      co_return deleted.error();
    co_return Bite{*deleted, *deleted >= static_cast<std::int64_t>(purged_at_once)};
  };
  return job;
}

}  // namespace salesflow::jobs
