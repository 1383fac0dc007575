#include "tests/switchover/switch_over.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "bench/tool.hpp"
#include "tests/integration/plain_requests.hpp"
#include "tests/integration/running_server.hpp"
#include "tests/support/schema_dump.hpp"

namespace salesflow::test {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

std::string tail_of(const std::string& text, std::size_t size = 1'500) {
  return text.size() <= size ? text : "…" + text.substr(text.size() - size);
}

class Monday {
 public:
  Monday(FoundServer& server, const SwitchOverOptions& options) : server_(server), options_(options) {
    fate_.shape = options.shape.describe();
  }

  SwitchOver run() {
    timed("fill", [&] { found_.emplace(server_, options_.shape, options_.sizes); });
    KeptRows kept(*found_);
    OldService old(*found_);
    old_ = &old;
    const std::string schema = dump_schema(found_->superuser_url()), roles = dump_roles(server_.superuser_url());

    timed("dry_run", [&] { salesflow({"adopt", "--dry-run"}); });
    fate_.dry_run_changed_schema = dump_schema(found_->superuser_url()) != schema;
    const std::string plan = salesflow({"migrate", "plan", "--json"});
    timed("adopt", [&] { salesflow({"adopt", "--yes"}); });
    timed("compare_after_up", [&] { fate_.after_up = kept.compare(); });
    serve();
    timed("down", [&] { salesflow({"migrate", "down", "--to", "none", "--yes"}); });
    timed("after_down", [&] { fate_.schema_equal = equal(dump_schema(found_->superuser_url()), schema); });
    fate_.roles_equal = equal(dump_roles(server_.superuser_url()), roles);
    old.stop();
    timed("compare_after_down", [&] { fate_.after_down = kept.compare(); });

    fate_.old_service = old.counts();
    fate_.refusals = old.refusals();
    for (const auto& [name, times] : old.refused_names())
      fate_.refusals_named += plan.find(name) != std::string::npos ? times : 0;
    return std::move(fate_);
  }

 private:
  template <class Work>
  void timed(const std::string& step, Work work) {
    fmt::print(stderr, "{}: {}\n", fate_.shape, step);
    if (old_ && step != "compare_after_down")
      old_->enter(step);
    const auto begin = steady_clock::now();
    work();
    fate_.steps.emplace_back(step, seconds_since(begin));
    fmt::print(stderr, "  {:.1f} s\n", fate_.steps.back().second);
  }

  /// Names the first line that differs.
  bool equal(const std::string& now, const std::string& was) {
    if (now == was)
      return true;
    std::istringstream lines(now), lines_then(was);
    std::string line, line_then;
    while (std::getline(lines, line)) {
      if (!std::getline(lines_then, line_then) || line != line_then)
        break;
    }
    fate_.failed_commands.push_back("the schema or the roles differ: \"" + line + "\", was \"" + line_then + "\"");
    return false;
  }

  std::string salesflow(std::vector<std::string> arguments) {
    const auto result =
        run_salesflow(arguments, {{"MIGRATION_DATABASE_URL", found_->owner_url()}}, std::chrono::minutes(60));
    bench::write_text(fmt::format("build/bench/soak-switchover-{}-{}.log", options_.name, ++commands_), result.output);
    if (result.exit_code != 0)
      fate_.failed_commands.push_back(fmt::format("salesflow {}: exit code {}: {}", fmt::join(arguments, " "),
                                                  result.exit_code, tail_of(result.output)));
    return result.output;
  }

  void serve() {
    std::optional<RunningServer> running;
    timed("serve", [&] {
      found_->open_logins();
      running.emplace(server_environment(found_->url(cluster::Login::app), found_->url(cluster::Login::auth),
                                         found_->url(cluster::Login::worker)));
    });
    std::map<int, std::string> tokens;
    timed("log_in", [&] {
      for (int user = 1; user <= 8; ++user)
        tokens[user] = log_in(*running, user);
    });
    timed("screens", [&] { ask_screens(*running, tokens); });
    timed("stop_server", [&] { running.reset(); });
    found_->close_logins();
  }

  std::string log_in(const RunningServer& running, int user) {
    JsonAnswer answer;
    // Both services' passwords of user 6 are right as long as both services run.
    for (const char* password : {found_password, found_other_password}) {
      answer = running.call("POST", "/api/auth/login", {},
                            json::serialize(json::object{{"username", found_email(user)}, {"password", password}}));
      if (answer.status == 200 || user != 6)
        break;
    }
    if (answer.status != 200) {
      fate_.failed_logins.push_back(fmt::format("user {}: {} {}", user, answer.status, tail_of(answer.raw.body, 300)));
      return "";
    }
    ++fate_.logins;
    return std::string(answer.body.at("access_token").as_string());
  }

  void ask_screens(const RunningServer& running, const std::map<int, std::string>& tokens) {
    const auto document = running.get("/openapi.json");
    if (document.status != 200 || !document.body.is_object())
      throw std::runtime_error(fmt::format("/openapi.json: {} {}\n{}", document.status, tail_of(document.raw.body),
                                           tail_of(running.log_text())));
    PlainRequests requests(document.body, *found_);
    std::map<int, std::vector<PlainRequests::Call>> calls;
    for (const auto& [user, token] : tokens) {
      for (auto& call : requests.calls(user)) {
        if (call.method == "GET")
          calls[user].push_back(std::move(call));
      }
      fate_.routes = static_cast<int>(calls[user].size());
    }
    const auto end = steady_clock::now() + options_.serve_for;
    std::vector<std::pair<double, std::string>> times;
    do {
      for (const auto& [user, token] : tokens) {
        for (const auto& call : calls[user]) {
          const auto begin = steady_clock::now();
          ask(running, call, user, token);
          times.emplace_back(seconds_since(begin), fmt::format("user {} GET {}", user, call.target));
        }
      }
    } while (steady_clock::now() < end);
    std::sort(times.rbegin(), times.rend());
    for (std::size_t i = 0; i < std::min<std::size_t>(times.size(), 5); ++i)
      fate_.slowest.push_back(fmt::format("{:.2f} s {}", times[i].first, times[i].second));
  }

  void ask(const RunningServer& running, const PlainRequests::Call& call, int user, const std::string& token) {
    JsonAnswer answer;
    try {
      answer = running.get(call.target, token);
    } catch (const std::exception& failure) {
      answer.raw.body = failure.what();
    }
    ++fate_.answers[answer.status];
    if (answer.status != 0 && answer.status < 500)
      return;
    std::string cause;
    std::istringstream lines(running.log_text());
    const std::string request = answer.status ? answer.header("X-Request-Id") : "";
    for (std::string line; std::getline(lines, line);) {
      if (!request.empty() && line.find(request) != std::string::npos && line.find("\"error\"") != std::string::npos)
        cause = line;
    }
    fate_.server_errors.push_back(fmt::format("user {} GET {}: {} {} {}", user, call.target, answer.status,
                                              tail_of(answer.raw.body, 300), cause));
  }

  FoundServer& server_;
  const SwitchOverOptions& options_;
  SwitchOver fate_;
  std::optional<FoundDatabase> found_;
  OldService* old_ = nullptr;
  int commands_ = 0;
};

}  // namespace

SwitchOver switch_over(FoundServer& server, const SwitchOverOptions& options) {
  return Monday(server, options).run();
}

}  // namespace salesflow::test
