// `salesflow demo` and `generate` as a newcomer runs them: the binary itself, in a folder of its own.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/salesflow/terminal/http_client.hpp"
#include "build_paths.hpp"
#include "platform/cluster/child_process.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/cluster/server_home.hpp"
#include "platform/core/ids.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow {
namespace {

namespace fs = std::filesystem;
using cluster::ChildProcess;
using std::chrono::milliseconds;
using std::chrono::seconds;

class DemoStory : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path("/tmp") / ("salesflow-demo-" + random_hex(8));
    fs::create_directory(folder_);
    fs::permissions(folder_, fs::perms(0755));  // the cluster's user must get through
  }
  void TearDown() override {
    std::error_code ignored;
    const fs::path elsewhere = cluster::read_small_file(folder_ / ".salesflow/servers.path");
    if (elsewhere.string().starts_with("/var/tmp/salesflow-")) {
      fs::remove_all(elsewhere, ignored);
    }
    fs::remove_all(folder_, ignored);
  }

  ChildProcess start(std::vector<std::string> arguments, const std::string& log = "out") {
    arguments.insert(arguments.begin(), SALESFLOW_BINARY);
    return ChildProcess::spawn({.arguments = std::move(arguments),
                                .log_file = folder_ / log,
                                .directory = folder_,
                                .death_signal = SIGKILL})
        .value();
  }
  /// Exit status of a run that ends by itself; -1 when it does not.
  int run(std::vector<std::string> arguments, const std::string& log = "out") {
    auto child = start(std::move(arguments), log);
    const auto status = child.wait(seconds(120));
    return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
  }
  std::string output(const std::string& log = "out") const { return cluster::read_small_file(folder_ / log); }
  bool says(std::string_view text, const std::string& log = "out") const {
    return output(log).find(text) != std::string::npos;
  }
  pid_t postmaster() const {
    std::ifstream file(folder_ / ".salesflow/servers/postgres/data/postmaster.pid");
    pid_t pid = 0;
    file >> pid;
    return pid;
  }

  fs::path folder_;
  const std::vector<std::string> small_{"--events", "3000", "--users", "20"};
};

TEST_F(DemoStory, ChecksItselfTwiceOnTheSameDataAndLeavesNothingRunning) {
  EXPECT_EQ(run({"demo", "--check", small_[0], small_[1], small_[2], small_[3]}), 0) << output();
  EXPECT_TRUE(says("252 combinations agree with SQL")) << output();
  EXPECT_EQ(postmaster(), 0);
  EXPECT_EQ(run({"demo", "--check"}, "second"), 0) << output("second");
  EXPECT_TRUE(says("Using the data of an earlier start (3000 events)", "second"));
  EXPECT_EQ(postmaster(), 0);
  for (const char* secret : {"roles", "jwt-secret", "demo-password", "env"}) {
    EXPECT_EQ(fs::status(folder_ / ".salesflow" / secret).permissions(), fs::perms(0600)) << secret;
  }
}

TEST_F(DemoStory, ServesUntilCtrlCAndThenStopsEverything) {
  const int port = cluster::free_port();
  auto demo = start({"demo", small_[0], small_[1], small_[2], small_[3], "--port", std::to_string(port)});
  ASSERT_TRUE(test::wait_until([&] { return says("Paste these") || !demo.is_running(); }, seconds(60)));
  ASSERT_TRUE(demo.is_running()) << output();
  const pid_t server = postmaster();
  EXPECT_TRUE(cluster::process_exists(server));
  apps::HttpClient client(port);
  EXPECT_EQ(client.get("/health").value().status, 200);

  // A second one in the same folder tells who is there.
  EXPECT_EQ(run({"demo", "--check"}, "second"), 1);
  EXPECT_TRUE(says("another process uses", "second")) << output("second");

  demo.signal(SIGINT);
  const auto status = demo.wait(seconds(30));
  ASSERT_TRUE(status);
  EXPECT_TRUE(WIFEXITED(*status) && WEXITSTATUS(*status) == 0) << output();
  EXPECT_FALSE(cluster::process_exists(server));
}

TEST_F(DemoStory, TakesItsClusterAlongWhenKilledAndStartsAgainOnTheSameData) {
  auto demo =
      start({"demo", small_[0], small_[1], small_[2], small_[3], "--port", std::to_string(cluster::free_port())});
  ASSERT_TRUE(test::wait_until([&] { return says("Paste these") || !demo.is_running(); }, seconds(60))) << output();
  const pid_t server = postmaster();
  ASSERT_TRUE(cluster::process_exists(server)) << output();
  demo.signal(SIGKILL);
  EXPECT_TRUE(test::wait_until([&] { return !cluster::process_exists(server); }));
  EXPECT_EQ(run({"demo", "--check"}, "second"), 0) << output("second");
}

TEST_F(DemoStory, StartsOverWithFresh) {
  ASSERT_EQ(run({"demo", "--check", "--events", "200", "--users", "3"}), 0) << output();
  const std::string before = cluster::read_small_file(folder_ / ".salesflow/demo-password");
  EXPECT_EQ(run({"demo", "--check", "--fresh", "--events", "300", "--users", "4"}, "second"), 0) << output("second");
  EXPECT_FALSE(says("Using the data", "second"));
  EXPECT_NE(cluster::read_small_file(folder_ / ".salesflow/demo-password"), before);
}

TEST_F(DemoStory, PrintsALoginThatWorksAlsoAfterItsPasswordFileWasLost) {
  ASSERT_EQ(run({"demo", "--check", "--events", "200", "--users", "3"}), 0) << output();
  fs::remove(folder_ / ".salesflow/demo-password");
  EXPECT_EQ(run({"demo", "--check"}, "second"), 0) << output("second");
}

TEST_F(DemoStory, GeneratesIntoAnyMigratedDatabaseAndReportsAsJson) {
  test::TestDatabase database;
  const std::string url = database.url(test::Login::owner);
  ASSERT_EQ(run({"generate", "--database-url", url, "--events", "500", "--users", "4", "--scale", "0.05", "--seed", "3",
                 "--now", "2026-03-02T09:00:00Z", "--json"}),
            0)
      << output();
  const boost::json::object report = boost::json::parse(output()).as_object();
  EXPECT_TRUE(report.at("ok").as_bool());
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 500);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 250);
  EXPECT_EQ(run({"generate", "--database-url", url, "--events", "500", "--users", "4", "--scale", "0.05", "--seed", "3",
                 "--now", "2026-03-02T09:00:00Z"},
                "second"),
            1);
  EXPECT_TRUE(says("rows of this seed are there already", "second")) << output("second");
  EXPECT_EQ(run({"generate", "--database-url", url, "--now", "yesterday"}, "third"), 2);
  EXPECT_TRUE(says("--now must be an instant", "third"));
}

}  // namespace
}  // namespace salesflow
