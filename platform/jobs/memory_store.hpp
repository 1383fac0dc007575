// Leases and history in memory; for tests of the runner and of slices' jobs.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "platform/jobs/store.hpp"

namespace salesflow::jobs {

class MemoryStore final : public Store {
 public:
  Task<Result<void>> ensure_leases(RequestContext&, const std::vector<Job>& jobs) override {
    for (const Job& job : jobs)
      leases.try_emplace(job.name);
    co_return Result<void>();
  }

  Task<Result<RowSet<LeaseRow>>> renew_leases(RequestContext&, std::string holder, std::vector<Lease> wanted,
                                              std::chrono::milliseconds) override {
    RowSet<LeaseRow> rows;
    for (const Lease& lease : wanted) {
      auto& [name, held] = *leases.find(lease.name);
      const bool mine = held.holder == holder && held.epoch == lease.epoch;
      held.expired = held.expired && !mine;
      rows.rows.push_back({name, held.epoch, mine, held.expired, held.next_run_at, held.last_success_at});
    }
    co_return rows;
  }

  Task<Result<std::optional<std::int64_t>>> take_lease(RequestContext&, Lease seen, std::string holder,
                                                       std::chrono::milliseconds) override {
    Held& held = leases.at(seen.name);
    if (!held.expired || held.epoch != seen.epoch)
      co_return std::optional<std::int64_t>();
    held.holder = std::move(holder);
    held.expired = false;
    co_return std::optional<std::int64_t>(++held.epoch);
  }

  Task<Result<void>> release_leases(RequestContext&, std::string holder) override {
    for (auto& [name, held] : leases)
      held.expired = held.expired || held.holder == holder;
    co_return Result<void>();
  }

  Task<Result<Bite>> run_bite(RequestContext& request, Lease lease, std::string holder, const Work& work) override {
    const Held& held = leases.at(lease.name);
    if (held.holder != holder || held.epoch != lease.epoch)
      co_return fail(Errc::precondition_failed, "Another node leads this job now");
    co_return co_await work(request);
  }

  Task<Result<std::int64_t>> start_run(RequestContext&, const RunRecord& run) override {
    runs.push_back(run);
    co_return static_cast<std::int64_t>(runs.size());
  }

  Task<Result<void>> finish_run(RequestContext&, std::int64_t id, const RunRecord& run) override {
    runs.at(static_cast<std::size_t>(id - 1)) = run;
    keep_on_lease(run);
    co_return Result<void>();
  }

  Task<Result<void>> add_runs(RequestContext&, const RunRecord& run) override {
    runs.push_back(run);
    keep_on_lease(run);
    co_return Result<void>();
  }

  Task<Result<std::int64_t>> purge_runs(RequestContext&) override { co_return std::int64_t{0}; }

  struct Held {
    std::int64_t epoch = 0;
    std::string holder;
    bool expired = true;
    TimePoint next_run_at = time_minus_infinity;
    std::optional<TimePoint> last_success_at;
  };
  std::map<std::string, Held> leases;
  std::vector<RunRecord> runs;

 private:
  void keep_on_lease(const RunRecord& run) {
    const auto found = leases.find(run.name);
    if (found == leases.end() || !run.epoch || found->second.epoch != *run.epoch)
      return;
    found->second.next_run_at = run.next_run_at;
    if (!run.error)
      found->second.last_success_at = run.ended_at;
  }
};

}  // namespace salesflow::jobs
