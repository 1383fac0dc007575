#include "apps/salesflow/worker.hpp"

#include "apps/salesflow/bench_routes.hpp"
#include "features/accounts/provisioning.hpp"
#include "features/accounts/routes.hpp"
#include "features/agenda/routes.hpp"
#include "features/approvals/routes.hpp"
#include "features/contacts/routes.hpp"
#include "features/deals/routes.hpp"
#include "features/events/routes.hpp"
#include "features/imports/routes.hpp"
#include "features/inbox/routes.hpp"
#include "features/leads/routes.hpp"
#include "features/notes/routes.hpp"
#include "features/ops/routes.hpp"
#include "features/scoring/routes.hpp"
#include "features/tasks/routes.hpp"
#include "features/webhooks/routes.hpp"
#include "platform/http/service_routes.hpp"

namespace salesflow::apps {

Shared::Shared(ServerConfig settings)
    : config(std::move(settings)),
      keys(config.tokens),
      revoked(config.tokens.access_ttl + std::chrono::seconds(60)),
      passwords(config.passwords),
      mailer(config.mail),
      account_services{config.accounts, keys, revoked, passwords, mailer, system_now, &memberships_version},
      cors(config.http.cors_origins),
      webhook_limiter(config.webhooks.rate_per_s, config.webhooks.burst) {
  if (config.http.rate_limit)
    rate_limiter = std::make_unique<http::TokenBuckets>(config.http.rate_limit_per_s, config.http.rate_limit_burst);
  telemetry::register_process_metrics(metrics, SALESFLOW_VERSION);
}

BearerAuthenticator::BearerAuthenticator(const Shared& shared, accounts::Store& store, postgres::Database& auth_db)
    : shared_(shared),
      verifier_(shared.keys, shared.revoked),
      identities_(store, {.provision = shared.config.accounts.provision_organizations
                                           ? accounts::provision_organizations(auth_db)
                                           : accounts::Identities::Provision(),
                          .memberships_version = &shared.memberships_version}) {}

Task<Result<Identity>> BearerAuthenticator::settle(const RequestContext& context, VerifiedIdentity identity,
                                                   std::string bearer_token) {
  RequestContext lookup;  // of its own: what is read here is no part of the answer
  lookup.deadline = context.deadline;
  lookup.request_id = context.request_id;
  lookup.route = context.route;
  // Only for a user without a profile, so the token is read a second time rather than kept with every identity.
  accounts::Identities::Describe describe = [this, token = std::move(bearer_token)] {
    accounts::NewProfile profile;
    const auto keys = shared_.keys.keys().load();
    const auto claims = security::verify_access_token(shared_.keys.settings(), *keys, token, system_now());
    // PostgreSQL's text holds no U+0000; a JSON text may.
    const auto is_text = [](const std::string& text) { return !text.empty() && text.find('\0') == std::string::npos; };
    if (claims && is_text(claims->email))
      profile.email = claims->email;
    if (claims && is_text(claims->full_name))
      profile.full_name = claims->full_name;
    return profile;
  };
  co_return co_await identities_.settle(lookup, identity, std::move(describe));
}

Worker::Worker(asio::io_context& context, Shared& shared)
    : context_(context),
      shared_(shared),
      timer_(context),
      app_metrics_(shared.metrics, "app"),
      auth_metrics_(shared.metrics, "auth"),
      app_db_(context, timer_, shared.config.app_pool, &app_metrics_),
      auth_db_(context, timer_, shared.config.auth_pool, &auth_metrics_),
      accounts_store_(accounts::make_pg_store(auth_db_, app_db_)),
      authenticator_(shared, *accounts_store_, auth_db_),
      idempotency_(app_db_),
      accounts_(context, *accounts_store_, shared.account_services),
      members_(context, *accounts_store_, shared.account_services),
      events_store_(events::make_pg_store(app_db_)),
      events_(*events_store_),
      contacts_store_(contacts::make_pg_store(app_db_)),
      contacts_(*contacts_store_),
      deals_store_(deals::make_pg_store(app_db_)),
      deals_(*deals_store_),
      inbox_store_(inbox::make_pg_store(app_db_)),
      inbox_(*inbox_store_),
      leads_store_(leads::make_pg_store(app_db_)),
      leads_(*leads_store_),
      imports_store_(imports::make_pg_store(app_db_)),
      imports_(*imports_store_),
      notes_store_(notes::make_pg_store(app_db_)),
      summary_backend_(shared.config.summary.url.empty()
                           ? nullptr
                           : std::make_unique<notes::HttpBackend>(context, timer_, shared.config.summary)),
      summarizer_(summary_backend_.get()),
      notes_(*notes_store_, summarizer_),
      scoring_store_(scoring::make_pg_store(app_db_)),
      scoring_(*scoring_store_),
      approvals_store_(approvals::make_pg_store(app_db_)),
      approvals_(*approvals_store_),
      agenda_store_(agenda::make_pg_store(app_db_)),
      agenda_(*agenda_store_),
      tasks_store_(tasks::make_pg_store(app_db_)),
      tasks_(*tasks_store_),
      webhook_sink_(events_),
      webhooks_store_(webhooks::make_pg_store(auth_db_, app_db_)),
      webhooks_(*webhooks_store_, webhook_sink_, shared.config.webhooks),
      ops_store_(ops::make_pg_store(app_db_)),
      router_(make_router()),
      request_metrics_(shared.metrics, router_),
      services_{shared.config.http,        router_,          shared.cors, &authenticator_, &idempotency_,
                shared.rate_limiter.get(), &request_metrics_},
      server_(context, timer_, services_) {}

http::Router Worker::make_router() {
  http::Router router;
  router.add(accounts::routes(accounts_, members_,
                              {shared_.config.accounts.refresh_ttl, shared_.config.accounts.cookie_secure,
                               [this](std::string_view origin) { return shared_.cors.allows(origin); }}));
  router.add(events::routes(events_));
  router.add(contacts::routes(contacts_));
  router.add(deals::routes(deals_));
  router.add(inbox::routes(inbox_));
  router.add(leads::routes(leads_));
  router.add(imports::routes(imports_));
  router.add(notes::routes(notes_, shared_.config.summary.timeout + std::chrono::seconds(5)));
  router.add(scoring::routes(scoring_));
  router.add(approvals::routes(approvals_));
  router.add(agenda::routes(agenda_));
  router.add(tasks::routes(tasks_));
  router.add(webhooks::routes(webhooks_, shared_.webhook_limiter));
  if (shared_.config.ops.port == 0)
    router.add(ops::routes(*ops_store_));
  if (shared_.config.bench_routes)
    router.add(bench_routes());
  http::ServiceHooks hooks;
  hooks.info = {"SalesFlow", SALESFLOW_VERSION,
                "The data backend of a sales team: messages, inbox, leads, contacts, deals, notes and tasks."};
  hooks.ready = [this] { return check_ready(); };
  if (shared_.config.ops.port == 0)
    hooks.metrics = [this] { return shared_.metrics.expose(); };
  http::add_service_routes(router, std::move(hooks));
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
  co_await app_db_.drain(deadline);
  co_await auth_db_.drain(deadline);
}

}  // namespace salesflow::apps
