#include "apps/salesflow/server/ops_server.hpp"

#include "features/ops/routes.hpp"
#include "platform/core/log.hpp"
#include "platform/http/docs/service_routes.hpp"

namespace salesflow::apps {
namespace {

http::ServerSettings settings_of(const ServerConfig& config) {
  http::ServerSettings settings = config.http;
  settings.address = config.ops.address;
  settings.port = config.ops.port;
  settings.rate_limit = false;
  return settings;
}

}  // namespace

OpsServer::OpsServer(Worker& worker, Shared& shared, Watch& watch)
    : worker_(worker),
      watch_(watch),
      settings_(settings_of(shared.config)),
      timer_(worker.context()),
      rights_(ops::make_pg_right_store(worker.app_db())),
      store_(ops::make_pg_store(worker.app_db())),
      figures_(ops::make_pg_figure_store(worker.app_db())),
      cache_store_(ops::make_pg_cache_store(worker.app_db())),
      speed_store_(ops::make_pg_speed_store(worker.app_db())),
      cache_keys_(worker.cache()),
      router_(make_router(shared)),
      services_{settings_, router_, shared.cors, &worker.authenticator(), nullptr, nullptr, nullptr},
      server_(worker.context(), timer_, services_) {}

http::Router OpsServer::make_router(Shared& shared) {
  http::Router router;
  http::ServiceHooks hooks;
  hooks.ready = [this] { return worker_.check_ready(); };
  hooks.metrics = [&shared] { return shared.metrics.expose(); };
  router.add(ops::routes(*rights_, *store_, *figures_));
  router.add(ops::cache_routes(*rights_, *cache_store_, cache_keys_, cache_policies(shared.config.cache.policies)));
  router.add(ops::speed_routes(*rights_, *speed_store_, watch_, watch_.slow, watch_));
  http::add_ops_routes(router, std::move(hooks));
  return router;
}

void OpsServer::listen() {
  const auto port = server_.listen(settings_.port);
  log::info("ops_server_started", {{"address", settings_.address}, {"port", static_cast<int>(port)}});
}

Task<void> OpsServer::drain_after(const Jobs& jobs, SteadyTime deadline) {
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
      worker_.context());
  while (!jobs.is_stopped() && std::chrono::steady_clock::now() < deadline) {
    pause.expires_after(std::chrono::milliseconds(5));
    co_await pause.async_wait(use_task);
  }
  server_.drain(std::chrono::steady_clock::now());
}

}  // namespace salesflow::apps
