#include "apps/salesflow/compose/server_config.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "platform/core/enums.hpp"
#include "platform/feed/feed.hpp"

namespace salesflow::apps {
namespace {

OpsAddress read_ops_address(ConfigReader& config) {
  const std::string text = config.text(
      "SALESFLOW_OPS_ADDRESS", "",
      "Address and port where alone /metrics and /api/ops answer, e.g. 127.0.0.1:9090 or [::1]:9090; empty: "
      "beside the API.");
  if (text.empty())
    return {};
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  int port = 0;
  boost::system::error_code wrong;
  boost::asio::ip::make_address(host, wrong);
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc() || rest != end)
      port = 0;
  }
  if (wrong || port < 1 || port > 65535) {
    config.complain("SALESFLOW_OPS_ADDRESS must be an address and a port such as 127.0.0.1:9090, not \"" + text + "\"");
    return {};
  }
  return {host, static_cast<std::uint16_t>(port)};
}

}  // namespace

ServerConfig ServerConfig::read(ConfigReader& config) {
  ServerConfig server;
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  server.threads =
      static_cast<int>(config.integer("SALESFLOW_THREADS", cores, 1, 256, "Worker threads; one a core is right."));
  server.log_destination =
      config.text("SALESFLOW_LOG", "stderr", "Where log lines go: stderr, stdout or a file's path.");
  const auto level = config.choice("SALESFLOW_LOG_LEVEL", "info", {"debug", "info", "warn", "error"},
                                   "The lowest level that is written.");
  server.log_level = level == "debug"   ? log::Level::debug
                     : level == "warn"  ? log::Level::warn
                     : level == "error" ? log::Level::error
                                        : log::Level::info;
  server.http = http::ServerSettings::read(config);
  server.http.threads = server.threads;
  server.ops = read_ops_address(config);
  server.app_pool = postgres::PoolSettings::read(config);
  server.auth_pool = server.app_pool;
  server.auth_pool.conninfo =
      config.url("SALESFLOW_AUTH_DATABASE_URL", "The same database as salesflow_auth: logins and sessions.");
  server.auth_pool.replica_conninfo.clear();
  server.auth_pool.connections = 1;
  server.worker_pool = server.app_pool;
  server.worker_pool.conninfo =
      config.url("SALESFLOW_WORKER_DATABASE_URL",
                 "The same database as salesflow_worker: background jobs; without it only those of accounts run.");
  server.worker_pool.replica_conninfo.clear();
  server.worker_pool.connections = 1;
  server.worker_pool.exclusive_connections_max = 5;  // so many jobs work at once; others wait
  server.process_sequences = config.flag("SALESFLOW_PROCESS_SEQUENCES", true,
                                         "Lets the background jobs move due message sequences on, every 30 s.");
  server.analytics_mode =
      enum_value<analytics::Source>(config.choice("ANALYTICS_MODE", "live", {"live", "mv", "raw"},
                                                  "Where dashboards read: live (exact at every moment), mv (the "
                                                  "materialized views), raw (every row counted)."))
          .value_or(analytics::Source::live);
  server.refresh_views =
      config.choice("SALESFLOW_REFRESH_VIEWS", "auto", {"auto", "true"},
                    "When the materialized views are refreshed: auto (while analytics read them) or true (always).") ==
      "true";
  server.proofs.one_in = config.integer("SALESFLOW_PROOF_ONE_IN", server.proofs.one_in, 0, 1'000'000'000,
                                        "One of so many dashboards and other live figures is counted again from "
                                        "rows, within 1 % of a core; 0: none.");
  server.partitions = partitions::Settings::read(config);
  if (server.app_pool.conninfo.empty())
    config.complain("DATABASE_URL must be set, e.g. postgresql://salesflow_app:…@db/crm");
  if (server.auth_pool.conninfo.empty())
    config.complain("SALESFLOW_AUTH_DATABASE_URL must be set, e.g. postgresql://salesflow_auth:…@db/crm");
  server.tokens = security::TokenSettings::read(config);
  server.passwords = security::PasswordSettings::read(config);
  server.session_watch = security::SessionWatchSettings::read(config);
  server.accounts = accounts::AccountsSettings::read(config);
  server.mail = accounts::MailSettings::read(config);
  server.webhooks = webhooks::WebhookSettings::read(config, server.tokens.secret);
  server.summary = notes::SummarySettings::read(config);
  server.streams = feed::read_stream_settings(config);
  server.redis = redis::Settings::read(config);
  server.cache = cache::Settings::read(config);
  if (server.cache.is_required && !server.redis.is_configured())
    config.complain("CACHE_REQUIRED needs REDIS_URL");
  server.bench_routes =
      config.flag("SALESFLOW_HTTP_BENCH_ROUTES", false, "Serves /bench/200b and /bench/20kb, for script/bench only.");
  return server;
}

ConfigReader make_config_reader(std::string toml_path) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* text = std::getenv(name.c_str());  // before threads start
    return text && *text ? std::optional<std::string>(text) : std::nullopt;
  };
  if (toml_path.empty())
    toml_path = environment("SALESFLOW_CONFIG").value_or("");
  if (toml_path.empty())
    return ConfigReader(environment);
  auto parsed = toml::parse_file(toml_path);
  if (!parsed)
    throw std::runtime_error(toml_path + ": " + std::string(parsed.error().description()));
  auto table = std::make_shared<toml::table>(std::move(parsed).table());
  const auto from_file = [table](const std::string& name) -> std::optional<std::string> {
    const auto node = (*table)[name];
    if (const auto text = node.value_exact<std::string>())
      return *text;
    if (const auto number = node.value_exact<std::int64_t>())
      return std::to_string(*number);
    if (const auto flag = node.value_exact<bool>())
      return *flag ? "true" : "false";
    return std::nullopt;
  };
  return ConfigReader(environment, from_file);
}

void stop_on_complaints(const ConfigReader& config) {
  if (config.errors().empty())
    return;
  std::string text = "the settings cannot be used:";
  for (const auto& error : config.errors())
    text += "\n  " + error;
  throw std::runtime_error(text);
}

}  // namespace salesflow::apps
