// Runner: brings the jobs of one process to their times, leads those whose lease it gets, and says what happened.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "platform/jobs/job.hpp"
#include "platform/jobs/store.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::jobs {

struct RunnerSettings {
  std::string node;                             // who this process is; unlike any other's, now and later
  std::chrono::milliseconds lease_life{5'000};  // a leader that is gone is replaced after this, a heartbeat and a bit
  std::chrono::milliseconds heartbeat{1'500};   // how often leases are renewed and looked at
  std::chrono::milliseconds summary_every{30'000};  // how often runs of frequent jobs are written down
  std::chrono::milliseconds patience{2'000};        // of a statement on leases or history
  Clock now = system_now;                           // of the history
};

/// "host:pid:random".
std::string make_node_name();

/// One a process, on a thread that serves no request. Each job has a loop of its own; a slow one stops no other.
/// Without a store there are no leases and no history: then only jobs that each node runs may be given.
class Runner {
 public:
  /// `context`, `store` and `metrics` must outlive it. Metrics by job: salesflow_job_seconds, _rows_total,
  /// _failures_total, _last_success_timestamp_seconds, and _late: 1 when the last success is too long ago.
  Runner(asio::io_context& context, std::vector<Job> jobs, Store* store, telemetry::Registry& metrics,
         RunnerSettings settings);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Spawns the loops; once.
  void start();
  /// Starts no more runs, lets those that go on end until `deadline`, then gives the leases back.
  Task<void> stop(SteadyTime deadline);
  /// No loop goes on any more; runs may outlast stop().
  bool is_idle() const { return running_ == 0; }

  /// One heartbeat: renews the leases held, takes those that are free. Without an answer all stays as it is; the
  /// database refuses what a lost lease no longer covers.
  Task<Result<void>> look_at_leases();
  bool leads(std::string_view name) const;

  /// One run, now, whether it is due or not: bites until nothing more is to do. Throws std::out_of_range for a name
  /// that is not there.
  /// Errors: of the bite that failed; precondition_failed when another node leads the job.
  Task<Result<std::int64_t>> run_once(std::string_view name);

 private:
  struct State;
  State& find(std::string_view name) const;
  Task<void> loop(State& state);
  Task<void> beat();
  Task<Result<std::int64_t>> run(State& state);
  Task<Result<std::int64_t>> run_bites(State& state);
  Task<std::int64_t> note_start(State& state, const RunRecord& run);
  Task<void> note_end(State& state, std::int64_t id, const RunRecord& run);
  Task<void> flush(State& state);
  void tell(State& state, const RunRecord& run, const Result<std::int64_t>& outcome, SteadyTime began);
  void follow(State& state, const LeaseRow& row);
  RequestContext request_for(const State& state, std::chrono::milliseconds patience) const;
  Task<void> sleep(State& state, SteadyTime until);
  template <class Loop>
  void spawn(Loop loop);

  asio::io_context& context_;
  Store* store_;
  RunnerSettings settings_;
  std::vector<std::unique_ptr<State>> states_;
  std::vector<Job> led_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> beat_;
  std::minstd_rand random_;
  bool leases_made_ = false;
  bool stopped_ = false;
  int running_ = 0;
};

}  // namespace salesflow::jobs
