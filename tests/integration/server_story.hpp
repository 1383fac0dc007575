// A database and a server for each test: the base of the stories.
#pragma once

#include <gtest/gtest.h>

#include "tests/integration/running_server.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::test {

class ServerStory : public testing::Test {
 protected:
  /// Starts on first use, with `extra` settings.
  RunningServer& server() {
    if (!server_) {
      Environment environment =
          server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
      // Stories write rows behind the service's back and ask at once; what is kept has stories of its own.
      environment["ENABLE_CACHE"] = "false";
      for (const auto& [name, value] : extra)
        environment[name] = value;
      server_ = std::make_unique<RunningServer>(environment);
    }
    return *server_;
  }
  /// Creates an event over HTTP and returns its id.
  std::string create_event(const std::string& token, const std::string& text, const std::string& channel = "email",
                           const std::string& direction = "inbound") {
    const auto answer =
        server().call("POST", "/api/autopilot/message-event", token,
                      json::serialize(json::object{{"channel", channel}, {"direction", direction}, {"text", text}}));
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    return std::string(answer.body.at("event").at("id").as_string());
  }

  TestDatabase database;
  Environment extra;

 private:
  std::unique_ptr<RunningServer> server_;
};

}  // namespace salesflow::test
