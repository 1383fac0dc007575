// The salesflow binary as a child process on a free port, and a client that speaks JSON with it.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "platform/cluster/child_process.hpp"
#include "platform/http/server/test_client.hpp"

namespace salesflow::test {

namespace json = boost::json;
using Environment = std::map<std::string, std::string>;
using Headers = std::map<std::string, std::string>;

/// The secret that every server of these tests signs tokens with.
inline constexpr const char* test_jwt_secret = "integration-tests-sign-with-this-secret-0123456789";

/// An answer whose body is JSON (null when it is not).
struct JsonAnswer {
  int status = 0;
  json::value body;
  http::testing::Answer raw;
  std::string detail() const;       // of a problem
  std::string first_field() const;  // errors[0].field, "" without
  std::string header(std::string_view name) const { return raw.header(name); }
};

/// One request on a fresh connection to a port of this machine. `body` is sent as it is, with Content-Type
/// application/json unless a header says otherwise.
JsonAnswer call_port(int port, std::string_view method, std::string_view target, std::string_view token = {},
                     std::string_view body = {}, Headers headers = {});

/// Starts `salesflow serve`, on a free port or that of PORT, and waits until /readyz answers 200 (or, with
/// `wait_until_ready` false, /healthz). Stops it with SIGTERM when destroyed. Throws with the log's tail when it does
/// not start.
class RunningServer {
 public:
  explicit RunningServer(Environment environment, bool wait_until_ready = true);
  ~RunningServer();

  int port() const { return port_; }
  cluster::ChildProcess& process() { return *process_; }
  std::string log_text() const;

  JsonAnswer call(std::string_view method, std::string_view target, std::string_view token = {},
                  std::string_view body = {}, Headers headers = {}) const {
    return call_port(port_, method, target, token, body, std::move(headers));
  }
  JsonAnswer get(std::string_view target, std::string_view token = {}) const { return call("GET", target, token); }

  struct Person {
    std::string token, refresh_token, user_id;
  };
  /// Signs a new person up.
  Person sign_up(const std::string& email) const;

 private:
  std::filesystem::path folder_;
  int port_ = 0;
  std::optional<cluster::ChildProcess> process_;
};

/// Settings that every test server needs, over the three URLs.
Environment server_environment(const std::string& app_url, const std::string& auth_url, const std::string& worker_url);

/// Runs the binary to its end; its exit code (-1 when it has none in time: then it is killed) and what it printed.
struct CommandResult {
  int exit_code = -1;
  std::string output;
};
CommandResult run_salesflow(std::vector<std::string> arguments, const Environment& environment,
                            std::chrono::milliseconds patience = std::chrono::minutes(2));

}  // namespace salesflow::test
