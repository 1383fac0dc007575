// Shared: what all threads of a server share.
#pragma once

#include <atomic>
#include <memory>

#include "apps/salesflow/compose/server_config.hpp"
#include "features/accounts/accounts.hpp"
#include "platform/feed/feed.hpp"
#include "platform/http/server/cors.hpp"
#include "platform/http/server/rate_limit.hpp"
#include "platform/proof/ledger.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::apps {

/// Lives longer than the workers.
struct Shared {
  explicit Shared(ServerConfig settings);

  ServerConfig config;
  telemetry::Registry metrics;
  proof::Ledger proofs;
  security::TokenKeys keys;
  security::RevokedSessions revoked;
  security::PasswordHasher passwords;
  accounts::SpoolMailer mailer;
  std::atomic<std::uint64_t> memberships_version{0};
  accounts::SharedServices account_services;
  http::Cors cors;
  std::unique_ptr<http::RateLimiter> rate_limiter;  // null when off
  http::TokenBuckets webhook_limiter;
  feed::Feed feed;
  cache::Shared cache;
  std::atomic<bool> draining{false};
  std::atomic<analytics::Source> analytics_mode;
};

}  // namespace salesflow::apps
