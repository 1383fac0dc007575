// What an operator does to a running server, and what it says to its operator.
#include <fstream>
#include <sstream>
#include <thread>

#include "platform/cluster/postgres.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class OperatingStory : public ServerStory {
 protected:
  ~OperatingStory() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  const fs::path folder_ = [] {
    const auto made = fs::path(testing::TempDir()) / ("salesflow-operating-" + Uuid::v7().to_string());
    fs::create_directories(made);
    return made;
  }();
};

TEST_F(OperatingStory, SigtermCancelsALongStatementOfAnImport) {
  extra["SALESFLOW_HTTP_DRAIN_TIMEOUT"] = "4s";
  const auto anna = server().sign_up("anna@example.com");
  database.run(
      "CREATE FUNCTION public.sleep_long() RETURNS trigger LANGUAGE plpgsql AS "
      "$$BEGIN PERFORM pg_sleep(40); RETURN NULL; END$$");
  database.run("CREATE TRIGGER slow AFTER INSERT ON leads EXECUTE FUNCTION public.sleep_long()");
  const auto sleeping = [&] {
    return database
        .run("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
        .integer();
  };
  JsonAnswer answer;
  std::thread upload([&] {
    answer = server().call("POST", "/api/leads/import", anna.token, "name,email\nEva,eva@example.com\n",
                           {{"Content-Type", "text/csv"}});
  });
  const bool runs = wait_until([&] { return sleeping() > 0; }, 20s);
  const auto begin = std::chrono::steady_clock::now();
  server().process().signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return !server().process().is_running(); }, 30s));
  const auto took = std::chrono::steady_clock::now() - begin;
  upload.join();
  ASSERT_TRUE(runs);
  EXPECT_LT(took, 6s);
  EXPECT_EQ(answer.status, 503) << "the client is told: " << answer.raw.body;
  EXPECT_NE(answer.detail().find("resumed"), std::string::npos) << answer.raw.body;
  EXPECT_TRUE(wait_until([&] { return sleeping() == 0; })) << "nothing goes on in the database";
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 0);
  EXPECT_EQ(database.run("SELECT status FROM import_jobs").value(), "running") << "to be resumed";
}

TEST_F(OperatingStory, AMailThatCannotBeSpooledIsNotSent) {
  const fs::path spool = folder_ / "mail";
  extra["SALESFLOW_MAIL_SPOOL"] = spool.string();
  const auto anna = server().sign_up("anna@example.com");
  const auto ask = [&](const std::string& email) {
    return server().call("POST", "/api/auth/request-password-reset", {}, R"({"email":")" + email + "\"}");
  };
  EXPECT_EQ(ask("anna@example.com").status, 200);
  const auto mails = [&] { return std::distance(fs::directory_iterator(spool), fs::directory_iterator()); };
  EXPECT_TRUE(wait_until([&] { return mails() == 1; }));
  fs::remove_all(spool);
  for (const char* email : {"anna@example.com", "nobody@example.com"}) {
    const auto refused = ask(email);
    EXPECT_EQ(refused.status, 503) << email << refused.raw.body;
    EXPECT_NE(refused.header("Retry-After"), "");
  }
  const auto invite = [&] {
    return server().call("POST", "/api/organization/members", anna.token,
                         R"({"email":"ben@example.com","role":"member"})");
  };
  const auto refused = invite();
  EXPECT_EQ(refused.status, 503) << refused.raw.body;
  EXPECT_EQ(database.run("SELECT count(*) FROM users WHERE email = 'ben@example.com'").integer(), 0);
  fs::create_directories(spool);
  const auto invited = invite();
  EXPECT_LT(invited.status, 300) << "it can be repeated: " << invited.raw.body;
  EXPECT_EQ(mails(), 1);
}

TEST_F(OperatingStory, WhatAnyClientCanCauseIsNoErrorInTheLog) {
  const auto anna = server().sign_up("anna@example.com");
  EXPECT_EQ(server().call("BREW", "/api/leads", anna.token).status, 501);
  EXPECT_EQ(server().get("/api/nowhere").status, 404);
  server().call("POST", "/api/auth/login", {}, R"({"email":"anna@example.com","password":"wrong"})");
  EXPECT_EQ(server().log_text().find("\"level\":\"error\""), std::string::npos) << server().log_text();
}

TEST_F(OperatingStory, AFullQueueOfPasswordsIsNoErrorInTheLog) {
  extra["SALESFLOW_PASSWORD_QUEUE"] = "1";
  extra["SALESFLOW_PASSWORD_THREADS"] = "1";
  extra["SALESFLOW_PASSWORD_MEMORY_KIB"] = "65536";
  extra["SALESFLOW_PASSWORD_PASSES"] = "8";
  server();
  std::vector<std::thread> people;
  std::atomic<int> refused{0};
  for (int i = 0; i < 8; ++i) {
    people.emplace_back([&, i] {
      const auto answer =
          server().call("POST", "/api/auth/signup", {},
                        R"({"email":"p)" + std::to_string(i) +
                            R"(@example.com","password":"correct horse","first_name":"A","last_name":"B"})");
      refused += answer.status == 503;
    });
  }
  for (auto& person : people)
    person.join();
  EXPECT_GT(refused, 0);
  EXPECT_EQ(server().log_text().find("\"level\":\"error\""), std::string::npos) << server().log_text();
}

TEST_F(OperatingStory, SighupOpensTheLogAnew) {
  const fs::path log = folder_ / "server.log", moved = folder_ / "server.log.1";
  extra["SALESFLOW_LOG"] = log.string();
  server().get("/health");
  EXPECT_TRUE(wait_until([&] { return read(log).find("server_started") != std::string::npos; }));
  fs::rename(log, moved);
  server().process().signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return fs::exists(log) && read(log).find("log_reopened") != std::string::npos; }));
  server().call("GET", "/api/after-the-move");
  EXPECT_TRUE(wait_until([&] { return read(log).find("\"status\":404") != std::string::npos; }));
  EXPECT_EQ(read(moved).find("\"status\":404"), std::string::npos);
  EXPECT_EQ(server().get("/healthz").status, 200);
}

TEST_F(OperatingStory, MetricsMayHaveAnAddressOfTheirOwn) {
  const int port = cluster::free_port();
  extra["SALESFLOW_OPS_ADDRESS"] = "127.0.0.1:" + std::to_string(port);
  EXPECT_EQ(server().get("/metrics").status, 404);
  EXPECT_EQ(server().get("/openapi.json").body.at("paths").as_object().count("/metrics"), 0u);
  EXPECT_EQ(server().get("/healthz").status, 200);
  const auto metrics = call_port(port, "GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.raw.body.find("salesflow_http_requests_total"), std::string::npos);
  EXPECT_EQ(call_port(port, "GET", "/readyz").status, 200);
  EXPECT_EQ(call_port(port, "GET", "/api/leads").status, 404) << "nothing of the API";
  server().process().signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return !server().process().is_running(); }, 15s));
}

TEST_F(OperatingStory, AnAddressForMetricsThatIsNoneStopsTheStart) {
  for (const char* wrong : {"9090", "localhost:9090", "127.0.0.1:0", "127.0.0.1:http"}) {
    auto environment =
        server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
    environment["SALESFLOW_OPS_ADDRESS"] = wrong;
    const auto result = run_salesflow({"serve"}, environment, 20s);
    EXPECT_NE(result.exit_code, 0) << wrong;
    EXPECT_NE(result.output.find("SALESFLOW_OPS_ADDRESS"), std::string::npos) << result.output;
  }
}

}  // namespace
}  // namespace salesflow::test
