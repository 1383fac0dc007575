#include "apps/salesflow/compose/shared.hpp"

namespace salesflow::apps {

Shared::Shared(ServerConfig settings)
    : config(std::move(settings)),
      proofs(config.proofs, metrics),
      keys(config.tokens),
      revoked(config.tokens.access_ttl + std::chrono::seconds(60)),
      passwords(config.passwords),
      mailer(config.mail),
      account_services{config.accounts, keys, revoked, passwords, mailer, system_now, &memberships_version},
      cors(config.http.cors_origins),
      webhook_limiter(config.webhooks.rate_per_s, config.webhooks.burst),
      feed(config.streams, metrics),
      cache(config.cache, metrics),
      analytics_mode(config.analytics_mode) {
  if (config.http.rate_limit)
    rate_limiter = std::make_unique<http::TokenBuckets>(config.http.rate_limit_per_s, config.http.rate_limit_burst);
  telemetry::register_process_metrics(metrics, SALESFLOW_VERSION);
}

}  // namespace salesflow::apps
