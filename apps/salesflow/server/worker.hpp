// Worker: all that one thread needs to serve requests. Nothing in it is shared but what Shared holds.
#pragma once

#include <memory>
#include <vector>

#include "apps/salesflow/compose/answer_cache.hpp"
#include "apps/salesflow/compose/bearer_authenticator.hpp"
#include "apps/salesflow/compose/screen_snapshots.hpp"
#include "apps/salesflow/server/query_metrics.hpp"
#include "apps/salesflow/server/slow_reports.hpp"
#include "features/accounts/store.hpp"
#include "platform/cache/channel.hpp"
#include "platform/http/server/request_metrics.hpp"
#include "platform/http/server/router.hpp"
#include "platform/http/server/server.hpp"
#include "platform/idempotency/pg_store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

/// One thread's object graph, in the order of who needs whom.
class Worker {
 public:
  Worker(asio::io_context& context, Shared& shared, Watch& watch);

  asio::io_context& context() { return context_; }
  http::Server& server() { return server_; }
  const http::Router& router() const { return router_; }
  postgres::Database& app_db() { return app_db_; }
  postgres::Database& auth_db() { return auth_db_; }
  http::Authenticator& authenticator() { return authenticator_; }
  redis::Client* redis() { return redis_.get(); }
  cache::Cache& cache() { return cache_; }

  /// Whether this process may take requests. Errors: unavailable with the reason.
  Task<Result<void>> check_ready();
  /// Lets requests end until `deadline`, then closes the pools; the context runs out of work afterwards.
  Task<void> drain(SteadyTime deadline);

 private:
  http::Router make_router();

  asio::io_context& context_;
  Shared& shared_;
  Watch& watch_;
  CoarseTimer timer_;
  QueryMetrics app_metrics_, auth_metrics_;
  postgres::Database app_db_, auth_db_;
  std::unique_ptr<accounts::Store> accounts_store_;
  BearerAuthenticator authenticator_;
  idempotency::PgStore idempotency_;
  std::unique_ptr<redis::Client> redis_;  // null without REDIS_URL
  cache::Cache cache_;
  KeptAnswers answers_;
  ScreenSnapshots screen_snapshots_;
  std::vector<std::shared_ptr<void>> slices_;  // their objects
  http::Router router_;
  http::RequestMetrics request_metrics_;
  SlowReports slow_reports_;
  http::Services services_;
  http::Server server_;
};

}  // namespace salesflow::apps
