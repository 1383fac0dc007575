// All settings of the server, read once: environment first, then the TOML file of --config or SALESFLOW_CONFIG.
#pragma once

#include <chrono>
#include <string>

#include "features/accounts/settings.hpp"
#include "features/analytics/source.hpp"
#include "features/notes/settings.hpp"
#include "features/webhooks/settings.hpp"
#include "platform/cache/shared.hpp"
#include "platform/core/config.hpp"
#include "platform/core/log.hpp"
#include "platform/feed/stream.hpp"
#include "platform/http/server/settings.hpp"
#include "platform/partitions/settings.hpp"
#include "platform/postgres/pool_settings.hpp"
#include "platform/proof/ledger.hpp"
#include "platform/redis/settings.hpp"
#include "platform/security/access_token.hpp"
#include "platform/security/passwords.hpp"
#include "platform/security/session_watch.hpp"

namespace salesflow::apps {

/// Where /metrics and /api/ops answer; port 0 and an empty address: beside everything else.
struct OpsAddress {
  std::string address;
  std::uint16_t port = 0;
};

struct ServerConfig {
  int threads = 0;  // worker threads; one a core
  std::string log_destination = "stderr";
  log::Level log_level = log::Level::info;
  http::ServerSettings http;
  OpsAddress ops;
  postgres::PoolSettings app_pool;     // as salesflow_app: tenant tables under RLS
  postgres::PoolSettings auth_pool;    // as salesflow_auth: users and sessions through functions
  postgres::PoolSettings worker_pool;  // as salesflow_worker: jobs once per database; conninfo may be empty
  security::TokenSettings tokens;
  security::PasswordSettings passwords;
  security::SessionWatchSettings session_watch;
  accounts::AccountsSettings accounts;
  accounts::MailSettings mail;
  webhooks::WebhookSettings webhooks;
  notes::SummarySettings summary;
  feed::StreamSettings streams;
  bool bench_routes = false;
  bool process_sequences = true;
  analytics::Source analytics_mode = analytics::Source::live;
  bool refresh_views = false;  // the materialized views, also while nobody reads them
  partitions::Settings partitions;
  proof::Settings proofs;
  redis::Settings redis;
  cache::Settings cache;

  /// Reads every setting; complaints go to the reader.
  static ServerConfig read(ConfigReader& config);
};

/// A reader over the environment and, when `toml_path` (or SALESFLOW_CONFIG) names a file, over its top-level keys,
/// which are the settings' names. Throws std::runtime_error when the file cannot be read.
ConfigReader make_config_reader(std::string toml_path);

/// Throws std::runtime_error with one line a complaint when there are any.
void stop_on_complaints(const ConfigReader& config);

}  // namespace salesflow::apps
