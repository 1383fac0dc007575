// Worker: all that one thread needs to serve requests. Nothing in it is shared but what Shared holds.
#pragma once

#include <atomic>
#include <memory>

#include "apps/salesflow/query_metrics.hpp"
#include "apps/salesflow/server_config.hpp"
#include "apps/salesflow/webhook_sink.hpp"
#include "features/accounts/accounts.hpp"
#include "features/accounts/identities.hpp"
#include "features/accounts/members.hpp"
#include "features/accounts/store.hpp"
#include "features/agenda/store.hpp"
#include "features/approvals/store.hpp"
#include "features/contacts/contacts.hpp"
#include "features/contacts/store.hpp"
#include "features/deals/deals.hpp"
#include "features/deals/store.hpp"
#include "features/events/events.hpp"
#include "features/events/store.hpp"
#include "features/imports/imports.hpp"
#include "features/imports/store.hpp"
#include "features/inbox/inbox.hpp"
#include "features/inbox/store.hpp"
#include "features/leads/leads.hpp"
#include "features/leads/store.hpp"
#include "features/notes/backend_http.hpp"
#include "features/notes/notes.hpp"
#include "features/notes/store.hpp"
#include "features/ops/store.hpp"
#include "features/scoring/scoring.hpp"
#include "features/scoring/store.hpp"
#include "features/tasks/store.hpp"
#include "features/webhooks/store.hpp"
#include "platform/http/rate_limit.hpp"
#include "platform/http/request_metrics.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"
#include "platform/idempotency/pg_store.hpp"
#include "platform/postgres/database.hpp"
#include "platform/security/token_verifier.hpp"

namespace salesflow::apps {

/// What all threads share. Lives longer than the workers.
struct Shared {
  explicit Shared(ServerConfig settings);

  ServerConfig config;
  telemetry::Registry metrics;
  security::TokenKeys keys;
  security::RevokedSessions revoked;
  security::PasswordHasher passwords;
  accounts::SpoolMailer mailer;
  std::atomic<std::uint64_t> memberships_version{0};
  accounts::SharedServices account_services;
  http::Cors cors;
  std::unique_ptr<http::RateLimiter> rate_limiter;  // null when off
  http::TokenBuckets webhook_limiter;
  std::atomic<bool> draining{false};
};

/// A token verifier, and who its identities are here, as the HTTP room wants them.
class BearerAuthenticator final : public http::Authenticator {
 public:
  /// `store` must outlive it.
  BearerAuthenticator(const Shared& shared, accounts::Store& store, postgres::Database& auth_db);
  Result<VerifiedIdentity> authenticate(std::string_view bearer_token) override {
    return verifier_.authenticate(bearer_token);
  }
  Task<Result<Identity>> settle(const RequestContext& context, VerifiedIdentity identity,
                                std::string bearer_token) override;

 private:
  const Shared& shared_;
  security::TokenVerifier verifier_;
  accounts::Identities identities_;
};

/// One thread's object graph, in the order of who needs whom.
class Worker {
 public:
  Worker(asio::io_context& context, Shared& shared);

  asio::io_context& context() { return context_; }
  http::Server& server() { return server_; }
  const http::Router& router() const { return router_; }
  postgres::Database& app_db() { return app_db_; }
  postgres::Database& auth_db() { return auth_db_; }
  ops::Store& ops_store() { return *ops_store_; }
  http::Authenticator& authenticator() { return authenticator_; }

  /// Whether this process may take requests. Errors: unavailable with the reason.
  Task<Result<void>> check_ready();
  /// Lets requests end until `deadline`, then closes the pools; the context runs out of work afterwards.
  Task<void> drain(SteadyTime deadline);

 private:
  http::Router make_router();

  asio::io_context& context_;
  Shared& shared_;
  CoarseTimer timer_;
  QueryMetrics app_metrics_, auth_metrics_;
  postgres::Database app_db_, auth_db_;
  std::unique_ptr<accounts::Store> accounts_store_;
  BearerAuthenticator authenticator_;
  idempotency::PgStore idempotency_;
  accounts::Accounts accounts_;
  accounts::Members members_;
  std::unique_ptr<events::Store> events_store_;
  events::Events events_;
  std::unique_ptr<contacts::Store> contacts_store_;
  contacts::Contacts contacts_;
  std::unique_ptr<deals::Store> deals_store_;
  deals::Deals deals_;
  std::unique_ptr<inbox::Store> inbox_store_;
  inbox::Inbox inbox_;
  std::unique_ptr<leads::Store> leads_store_;
  leads::Leads leads_;
  std::unique_ptr<imports::Store> imports_store_;
  imports::Imports imports_;
  std::unique_ptr<notes::Store> notes_store_;
  std::unique_ptr<notes::HttpBackend> summary_backend_;  // null: rules only
  notes::FallbackSummarizer summarizer_;
  notes::Notes notes_;
  std::unique_ptr<scoring::Store> scoring_store_;
  scoring::Scoring scoring_;
  std::unique_ptr<approvals::Store> approvals_store_;
  approvals::Approvals approvals_;
  std::unique_ptr<agenda::Store> agenda_store_;
  agenda::Agenda agenda_;
  std::unique_ptr<tasks::Store> tasks_store_;
  tasks::Tasks tasks_;
  WebhookSink webhook_sink_;
  std::unique_ptr<webhooks::Store> webhooks_store_;
  webhooks::Webhooks webhooks_;
  std::unique_ptr<ops::Store> ops_store_;
  http::Router router_;
  http::RequestMetrics request_metrics_;
  http::Services services_;
  http::Server server_;
};

}  // namespace salesflow::apps
