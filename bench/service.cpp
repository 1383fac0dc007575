#include "bench/service.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "platform/core/time.hpp"
#include "platform/security/access_token.hpp"
#include "platform/security/crypto.hpp"

namespace salesflow::bench {

TokenKey TokenKey::random() {
  TokenKey key;
  key.secret = security::random_token();
  return key;
}

std::string TokenKey::sign(std::string_view user_id, std::string_view org_id) const {
  security::TokenSettings settings;
  settings.secret = secret;
  settings.issuer = issuer;
  settings.audience = audience;
  security::AccessClaims claims;
  claims.user_id = Uuid::parse(user_id).value();
  claims.org_id = Uuid::parse(org_id).value_or(Uuid{});
  claims.role = claims.org_id.is_nil() ? OrgRole::none : OrgRole::owner;
  claims.issued_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  claims.expires_at = claims.issued_at + std::chrono::hours(24);
  return security::sign_access_token(settings, security::Key::from_secret(secret, ""), claims);
}

std::vector<std::string> TokenKey::environment() const {
  return {"JWT_SECRET=" + secret, "JWT_ISSUER=" + issuer, "JWT_AUDIENCE=" + audience};
}

std::vector<int> weights_of(const std::vector<std::int64_t>& events) {
  const auto total = static_cast<double>(std::accumulate(events.begin(), events.end(), std::int64_t{0}));
  std::vector<int> weights;
  for (const std::int64_t count : events) {
    weights.push_back(total > 0 ? std::max(1, static_cast<int>(std::lround(100.0 * static_cast<double>(count) / total)))
                                : 1);
  }
  return weights;
}

std::vector<BenchUser> choose_users(const Dataset& dataset, std::string_view database, const TokenKey& key,
                                    std::string_view status, int rows_min, int count) {
  const auto ranked =
      dataset.connect(database, Login::superuser)
          .run(
              "SELECT e.user_id, coalesce(max(m.org_id::text), '00000000-0000-0000-0000-000000000000'), count(*) AS "
              "events FROM message_events e "
              "LEFT JOIN (SELECT user_id, min(org_id::text)::uuid AS org_id FROM org_members GROUP BY user_id) m "
              "ON m.user_id = e.user_id GROUP BY e.user_id "
              "HAVING count(*) FILTER (WHERE autopilot_status = $1) >= $2 ORDER BY events DESC, e.user_id",
              {std::string(status), std::to_string(rows_min)})
          .value();
  std::vector<BenchUser> users;
  std::vector<std::int64_t> events;
  for (std::size_t rank = 0; rank < ranked.rows.size() && users.size() < static_cast<std::size_t>(count);
       rank = rank * 2 + 1) {
    BenchUser user{
        .id = ranked.value(rank, 0), .org_id = ranked.value(rank, 1), .events = ranked.integer(rank, 2), .token = {}};
    user.token = key.sign(user.id, user.org_id);
    events.push_back(user.events);
    users.push_back(std::move(user));
  }
  if (users.empty()) {
    throw std::runtime_error("no user has " + std::to_string(rows_min) + " events with status " + std::string(status));
  }
  const std::vector<int> weights = weights_of(events);
  for (std::size_t i = 0; i < users.size(); ++i) {
    users[i].weight = weights[i];
  }
  return users;
}

bool answers_ok(int port, const std::string& path, const std::vector<std::pair<std::string, std::string>>& headers) {
  try {
    return HttpClient(port, std::chrono::seconds(2)).get(path, headers).status == 200;
  } catch (const HttpFailure&) {
    return false;
  }
}

std::filesystem::path log_folder() {
  return std::filesystem::absolute("build/bench/logs");
}

void empty_logs() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(log_folder(), ignored)) {
    std::filesystem::resize_file(entry.path(), 0, ignored);  // all are opened for appending
  }
}

std::unique_ptr<MeasuredServer> start_service(const Dataset& dataset, std::string_view database, const TokenKey& key,
                                              const ServiceOptions& options) {
  const int port = cluster::free_port();
  // The first of a name is the one that is read.
  std::vector<std::string> environment = options.environment;
  const std::vector<std::string> usual{"PORT=" + std::to_string(port),
                                       "SALESFLOW_HTTP_ADDRESS=127.0.0.1",
                                       "SALESFLOW_THREADS=" + std::to_string(server_threads),
                                       "DATABASE_URL=" + dataset.url(database, Login::app),
                                       "SALESFLOW_AUTH_DATABASE_URL=" + dataset.url(database, Login::auth),
                                       "SALESFLOW_WORKER_DATABASE_URL=" + dataset.url(database, Login::worker),
                                       "JWT_SECRET=" + key.secret,
                                       "SALESFLOW_JWT_ISSUER=" + key.issuer,
                                       "SALESFLOW_JWT_AUDIENCE=" + key.audience,
                                       "ENABLE_CACHE=false",  // what is made is measured, not what is kept
                                       "SALESFLOW_HTTP_BENCH_ROUTES=true"};
  environment.insert(environment.end(), usual.begin(), usual.end());
  return MeasuredServer::start(
      log_folder(), {.name = options.name,
                     .tool = {.arguments = {salesflow_program(), "serve"}, .environment = std::move(environment)},
                     .port = port,
                     .is_ready = [port] { return answers_ok(port, "/readyz"); },
                     .stop_patience = std::chrono::seconds(15)});
}

}  // namespace salesflow::bench
