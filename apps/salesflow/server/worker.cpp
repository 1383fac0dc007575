#include "apps/salesflow/server/worker.hpp"

#include "apps/salesflow/compose/bench_routes.hpp"
#include "apps/salesflow/compose/composition.hpp"
#include "apps/salesflow/compose/kept_routes.hpp"
#include "platform/http/docs/service_routes.hpp"
#include "platform/http/server/screen.hpp"
#include "platform/http/web/web_routes.hpp"

namespace salesflow::apps {

Worker::Worker(asio::io_context& context, Shared& shared, Watch& watch)
    : context_(context),
      shared_(shared),
      watch_(watch),
      timer_(context),
      app_metrics_(shared.metrics, "app", shared.config.http.slow_request / 2),
      auth_metrics_(shared.metrics, "auth"),
      app_db_(context, timer_, shared.config.app_pool, &app_metrics_),
      auth_db_(context, timer_, shared.config.auth_pool, &auth_metrics_),
      accounts_store_(accounts::make_pg_store(auth_db_, app_db_)),
      authenticator_(shared, *accounts_store_, auth_db_),
      idempotency_(app_db_),
      redis_(make_redis(context, timer_, shared)),
      cache_(shared.cache, context, timer_, redis_.get()),
      answers_(cache_, app_db_, shared),
      screen_snapshots_(app_db_),
      router_(make_router()),
      request_metrics_(shared.metrics, router_),
      slow_reports_(context, watch, {&app_metrics_, &auth_metrics_}),
      services_{shared.config.http,        router_,           shared.cors, &authenticator_, &idempotency_,
                shared.rate_limiter.get(), &request_metrics_, &answers_,   &slow_reports_},
      server_(context, timer_, services_) {}

http::Router Worker::make_router() {
  http::Router router;
  Composition to{context_, timer_, shared_, app_db_, auth_db_, *accounts_store_, cache_, router, slices_};
  add_accounts(to);
  add_events(to);
  add_contacts(to);
  add_deals(to);
  add_inbox(to);
  add_leads(to);
  add_lookups(to);
  add_imports(to);
  add_notes(to);
  add_scoring(to);
  add_approvals(to);
  add_agenda(to);
  add_stream(to);
  add_tasks(to);
  add_webhooks(to);
  add_analytics(to);
  if (shared_.config.ops.port == 0) {
    add_ops(to);
    add_speed(to, watch_);
  }
  router.add(http::screen_route(services_, screen_snapshots_));
  if (shared_.config.bench_routes)
    router.add(bench_routes(app_db_));
  http::ServiceHooks hooks;
  hooks.info = {"SalesFlow", SALESFLOW_VERSION,
                "The data backend of a sales team: messages, inbox, leads, contacts, deals, notes and tasks."};
  hooks.ready = [this] { return check_ready(); };
  if (shared_.config.ops.port == 0)
    hooks.metrics = [this] { return shared_.metrics.expose(); };
  hooks.page = http::web_page(http::embedded_app());
  http::add_web_routes(router, http::embedded_app());
  http::add_service_routes(router, std::move(hooks));
  for (const auto& route : router.routes())
    route->cache = policy_of(route->operation);
  return router;
}

Task<Result<void>> Worker::check_ready() {
  if (shared_.draining)
    co_return fail(Errc::unavailable, "The server is stopping");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  if (!co_await app_db_.is_ready(deadline))
    co_return fail(Errc::unavailable, "The database does not answer");
  if (!co_await auth_db_.is_ready(deadline))
    co_return fail(Errc::unavailable, "The database does not answer for logins");
  co_return Result<void>();
}

Task<void> Worker::drain(SteadyTime deadline) {
  server_.drain(deadline);
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
      context_);
  // What still runs then would outlive this process in the database (a batch of an import may take a minute): it is
  // cancelled early enough that its client gets an answer.
  auto cancel_at = deadline - shared_.config.http.drain_timeout / 4;
  while (server_.connections() > 0 && std::chrono::steady_clock::now() < deadline + std::chrono::seconds(1)) {
    pause.expires_after(std::chrono::milliseconds(5));
    co_await pause.async_wait(use_task);
    if (server_.connections() == 0 || std::chrono::steady_clock::now() < cancel_at)
      continue;
    cancel_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    app_db_.cancel_running();
    auth_db_.cancel_running();
  }
  if (redis_)
    redis_->shut_down();
  co_await app_db_.drain(deadline);
  co_await auth_db_.drain(deadline);
}

}  // namespace salesflow::apps
