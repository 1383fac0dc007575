// /metrics and what else is for operators, on an address of its own (SALESFLOW_OPS_ADDRESS).
#pragma once

#include "apps/salesflow/compose/cache_policies.hpp"
#include "apps/salesflow/server/jobs.hpp"
#include "apps/salesflow/server/worker.hpp"
#include "features/ops/figures.hpp"
#include "features/ops/rights.hpp"
#include "features/ops/speed.hpp"
#include "features/ops/store.hpp"

namespace salesflow::apps {

/// Lives on a worker's context, beside its public server. Not there without an address: then the public one answers.
class OpsServer {
 public:
  OpsServer(Worker& worker, Shared& shared, Watch& watch);

  /// Throws boost::system::system_error when it cannot listen.
  void listen();
  /// Answers until the jobs have ended, so that their last moments can be seen.
  Task<void> drain_after(const Jobs& jobs, SteadyTime deadline);

 private:
  http::Router make_router(Shared& shared);

  Worker& worker_;
  Watch& watch_;
  http::ServerSettings settings_;
  CoarseTimer timer_;
  std::unique_ptr<ops::RightStore> rights_;
  std::unique_ptr<ops::Store> store_;
  std::unique_ptr<ops::FigureStore> figures_;
  std::unique_ptr<ops::CacheStore> cache_store_;
  std::unique_ptr<ops::SpeedStore> speed_store_;
  CacheKeysInRedis cache_keys_;
  http::Router router_;
  http::Services services_;
  http::Server server_;
};

}  // namespace salesflow::apps
