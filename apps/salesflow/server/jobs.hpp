// Jobs: the background jobs of one process, on a thread and with pools of their own.
#pragma once

#include "apps/salesflow/server/feed_source.hpp"
#include "apps/salesflow/server/query_metrics.hpp"
#include "apps/salesflow/server/worker.hpp"
#include "features/accounts/jobs.hpp"
#include "features/analytics/mode_store.hpp"
#include "features/analytics/store.hpp"
#include "features/inbox/store.hpp"
#include "features/ops/figures.hpp"
#include "features/webhooks/store.hpp"
#include "platform/cache/channel.hpp"
#include "platform/cache/relay.hpp"
#include "platform/cache/store.hpp"
#include "platform/changes/mover.hpp"
#include "platform/jobs/runner.hpp"
#include "platform/proof/store.hpp"
#include "platform/runtime/worker_threads.hpp"

namespace salesflow::apps {

/// Only composes: what the slices and rooms export as jobs, over one runner. Without SALESFLOW_WORKER_DATABASE_URL only
/// those of accounts and of the node itself run, as salesflow_auth.
class Jobs {
 public:
  /// `shared` and `watch` must outlive it. No thread runs before start().
  Jobs(Shared& shared, Watch& watch);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  void start();
  /// Lets running jobs end for half of the time until `deadline`, gives the leases back, cancels what still runs and
  /// closes the pools; join() waits for it.
  void begin_stop(SteadyTime deadline);
  void join() { thread_.drain_and_join(); }
  /// Nothing runs any more. Thread-safe.
  bool is_stopped() const { return is_stopped_; }

 private:
  std::vector<jobs::Job> list(Shared& shared, Watch& watch);
  void follow_refreshes(const Shared& shared);

  feed::Feed& feed_;
  WorkerThreads thread_;
  CoarseTimer timer_;
  QueryMetrics auth_metrics_, worker_metrics_;
  postgres::Database auth_db_;
  std::unique_ptr<postgres::Database> worker_db_;  // null without a login for it
  std::unique_ptr<redis::Client> redis_;           // null without REDIS_URL, as is channel_
  cache::Cache cache_;
  std::unique_ptr<cache::Channel> channel_;
  std::unique_ptr<accounts::Store> accounts_store_;
  std::unique_ptr<analytics::ModeStore> mode_store_;
  std::unique_ptr<proof::Store> proof_store_;
  std::unique_ptr<cache::Store> cache_store_;
  security::SessionWatch session_watch_;
  // Null without worker_db_.
  std::unique_ptr<analytics::Store> analytics_store_;
  std::unique_ptr<changes::Store> changes_store_;
  std::unique_ptr<changes::Mover> mover_;
  std::unique_ptr<imports::ProgressStore> import_progress_;
  std::unique_ptr<FeedSource> feed_source_;
  std::unique_ptr<cache::Relay> relay_;
  std::unique_ptr<inbox::Store> inbox_store_;
  std::unique_ptr<webhooks::Store> webhooks_store_;
  std::unique_ptr<ops::FigureStore> figure_store_;
  std::unique_ptr<jobs::Store> jobs_store_;
  std::unique_ptr<jobs::Runner> runner_;
  std::atomic<bool> is_stopped_{false};
};

}  // namespace salesflow::apps
