// Jobs: what runs in the background of one process, as salesflow_worker and salesflow_auth.
#pragma once

#include "apps/salesflow/worker.hpp"
#include "features/accounts/jobs.hpp"

namespace salesflow::apps {

/// Lives on one worker's thread: polls revoked sessions and deletes what is past its time (dead sessions and tokens,
/// stored answers older than a day), a bounded number of rows a statement. Looks once an hour whether partitioned
/// tables have next month's partition: it may not make one, it warns and sets salesflow_partition_next_month_missing
/// to 1. Refreshes materialized views that are due where pg_cron does not. Folds the deltas of row counts. Moves due
/// sequences on, unless SALESFLOW_PROCESS_SEQUENCES says no.
class Jobs {
 public:
  Jobs(Worker& worker, Shared& shared);
  /// Spawns the loops; once, on the worker's thread.
  void start();
  /// Lets the loops end, then closes the worker pool.
  Task<void> stop(SteadyTime deadline);

 private:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

  Task<void> purge_keys();
  Task<void> watch_partitions();
  Task<void> refresh_views();
  Task<void> fold_rollups();
  Task<void> process_sequences();
  /// False when none was due, or it failed.
  Task<bool> refresh_due_view();
  /// False when the job was stopped meanwhile.
  Task<bool> sleep(Timer& timer, std::chrono::seconds time);
  template <class Loop>
  void spawn(Loop loop);

  Worker& worker_;
  CoarseTimer timer_;
  QueryMetrics metrics_;
  std::unique_ptr<postgres::Database> worker_db_;  // null without SALESFLOW_WORKER_DATABASE_URL
  std::unique_ptr<accounts::Store> store_;
  security::SessionWatch session_watch_;
  accounts::PurgeJob purge_accounts_;
  telemetry::Gauge& month_missing_;
  Timer pause_, partitions_pause_, views_pause_, rollups_pause_, sequences_pause_;
  const bool sequences_;
  bool stopped_ = false;
  int running_ = 0;
};

}  // namespace salesflow::apps
