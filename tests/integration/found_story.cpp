#include "tests/integration/found_story.hpp"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

#include "platform/migrations/runner.hpp"
#include "tests/support/found_statements.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

migrations::Options options_for(const std::string& url) {
  migrations::Options options;
  options.database_url = url;
  options.backfill_limits.duty = 1;
  return options;
}

}  // namespace

TakenOver::TakenOver(FoundServer& server, const FoundShape& shape, const FoundSizes& sizes,
                     const std::function<void(FoundDatabase&)>& prepare)
    : found_(server, shape, sizes), before_(look(prepare)) {
  bring_up();
}

RunningServer& TakenOver::server() {
  if (!server_) {
    found_.open_logins();
    server_ = std::make_unique<RunningServer>(server_environment(
        found_.url(cluster::Login::app), found_.url(cluster::Login::auth), found_.url(cluster::Login::worker)));
  }
  return *server_;
}

PlainRequests& TakenOver::requests() {
  if (!requests_)
    requests_ = std::make_unique<PlainRequests>(server().get("/openapi.json").body, found_);
  return *requests_;
}

TakenOver::Before TakenOver::look(const std::function<void(FoundDatabase&)>& prepare) {
  if (prepare)
    prepare(found_);
  Before before{dump_schema(found_.superuser_url()), found_.hash_found(), found_.hash_found({"org_id"}), {}};
  auto session = found_.session();
  for (const auto& statement : old_statements(found_.shape()))
    before.old_problems[statement.name] = run_old_statement(session, statement, false);
  return before;
}

void TakenOver::bring_up() {
  migrations::Options options = options_for(found_.owner_url());
  options.run_backfills = false;
  if (const auto adopted = migrations::up(options); !adopted)
    throw std::runtime_error("up: " + adopted.error().public_detail);
  add_members();
  options.run_backfills = true;
  if (const auto filled = migrations::backfill(options); !filled)
    throw std::runtime_error("backfill: " + filled.error().public_detail);
}

void TakenOver::add_members() {
  for (int user = 1; user <= 8; ++user) {
    const std::string org = found_org(user).to_string(), id = found_user(user).to_string();
    found_.run("INSERT INTO organizations (id, name) VALUES ($1, 'Found') ON CONFLICT DO NOTHING", {org});
    // Those whom auth.users alone knows are no rows of public.users before their first login.
    found_.run("INSERT INTO org_members (org_id, user_id, role) SELECT $1::uuid, id, 'owner' FROM users WHERE id = $2",
               {org, id});
  }
}

const std::string& TakenOver::token(int user) {
  std::string& token = tokens_[user];
  if (token.empty()) {
    token = run_salesflow({"token", "--user", found_user(user).to_string(), "--org", found_org(user).to_string(),
                           "--role", "owner"},
                          {{"JWT_SECRET", test_jwt_secret}})
                .output;
    token.erase(token.find_last_not_of(" \n") + 1);
  }
  return token;
}

std::string TakenOver::go_back() {
  server_.reset();
  found_.close_logins();
  migrations::Options options = options_for(found_.owner_url());
  options.to = "none";
  const auto gone = migrations::down(options);
  return gone ? "" : gone.error().public_detail;
}

std::vector<TakenOver::Call> TakenOver::calls(int user) {
  return requests().calls(user);
}

JsonAnswer TakenOver::send(const Call& call, int user) {
  return server().call(call.method, call.target, token(user), call.body);
}

std::string TakenOver::cause_of(const JsonAnswer& answer) {
  const std::string request = answer.header("X-Request-Id");
  std::string cause;
  const auto read = [&] {
    std::istringstream lines(server().log_text());
    for (std::string line; std::getline(lines, line);) {
      if (!request.empty() && line.find(request) != std::string::npos && line.find("\"error\"") != std::string::npos)
        cause = line;
    }
    return !cause.empty();
  };
  (void)wait_until(read, std::chrono::milliseconds(500));
  return cause;
}

}  // namespace salesflow::test
