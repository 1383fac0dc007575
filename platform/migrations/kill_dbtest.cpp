// kill -9 at any moment of up and of down: the next run carries on, and the end is the same as without.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "platform/cluster/child_process.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/foreign_database.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::migrations {
namespace {

using cluster::SqlSession;
using test::wait_until;

Options options_for(const std::string& url, std::string to) {
  Options options;
  options.database_url = url;
  options.to = std::move(to);
  options.backfill_limits.batch_rows = 50;
  return options;
}

// Not a test of its own: the runner that the other one kills. Exits 0 only when it came to its end.
TEST(MigrationKillVictim, DISABLED_RunsUntilItIsKilled) {
  const char* to = std::getenv("SALESFLOW_TEST_MIGRATE_TO");
  const auto options = options_for(std::getenv("SALESFLOW_TEST_MIGRATE_URL"), to);
  std::string refused;
  if (*to == '\0') {
    if (const auto done = up(options); !done)
      refused = done.error().public_detail;
  } else if (const auto done = down(options); !done) {
    refused = done.error().public_detail;
  }
  ASSERT_EQ(refused, "");
}

/// Starts runners and kills each within `longest` of its connection, until one comes to its end. Returns the kills.
int run_with_kills(SqlSession& monitor, const std::string& url, const std::string& to,
                   std::chrono::milliseconds longest) {
  cluster::SpawnOptions spawn;
  spawn.arguments = {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_filter=MigrationKillVictim.*",
                     "--gtest_also_run_disabled_tests"};
  spawn.environment = {"SALESFLOW_TEST_MIGRATE_URL=" + url, "SALESFLOW_TEST_MIGRATE_TO=" + to,
                       "ASAN_OPTIONS=detect_leaks=0"};
  spawn.log_file = std::filesystem::temp_directory_path() / ("salesflow-kills-" + std::to_string(getpid()) + ".log");
  spawn.directory = "/tmp";
  std::mt19937 random(20261123);
  int kills = 0;
  while (kills < 200) {
    auto victim = cluster::ChildProcess::spawn(spawn).value();
    const auto connected = [&] {
      return monitor.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'salesflow migrate'")
                 .value()
                 .integer() > 0;
    };
    const bool began = wait_until(connected);
    EXPECT_TRUE(began) << cluster::log_tail(spawn.log_file);
    const auto pause = std::chrono::milliseconds(random() % static_cast<unsigned>(longest.count()));
    if (const auto ended = victim.wait(pause); ended) {
      EXPECT_EQ(*ended, 0) << cluster::log_tail(spawn.log_file);
      break;
    }
    victim.signal(SIGKILL);
    EXPECT_TRUE(victim.wait(std::chrono::seconds(10)));
    ++kills;
    longest += longest / 10;  // so that it ends at all, also on a busy machine
  }
  std::filesystem::remove(spawn.log_file);
  return kills;
}

TEST(MigrationKill, AtAnyMomentOfUpAndOfDownIsMendedByTheNextRun) {
  auto& servers = test::Servers::instance();
  cluster::PostgresOptions own;
  own.name = "migration-kills";
  auto server = cluster::PrivatePostgres::start(servers.home(), own).value();
  auto admin = SqlSession::connect(server->superuser_url()).value();
  admin.run(test::foreign_roles_sql("manager", "p")).value();
  for (const char* name : {"killed", "spared"}) {
    admin.run(std::string("CREATE DATABASE ") + name + " OWNER manager").value();
    SqlSession::connect(server->superuser_url(name)).value().run(test::foreign_platform_sql("manager")).value();
    SqlSession::connect(server->url(name, "manager", "p")).value().run(test::foreign_tables_sql(500)).value();
  }
  const std::string killed = server->url("killed", "manager", "p"), spared = server->url("spared", "manager", "p");
  const std::string found = test::dump_schema(server->superuser_url("killed"));
  const auto undisturbed = up(options_for(spared, ""));
  ASSERT_TRUE(undisturbed) << undisturbed.error().public_detail;

  EXPECT_GE(run_with_kills(admin, killed, "", std::chrono::milliseconds(200)), 3);
  const auto verified = verify(options_for(killed, ""));
  ASSERT_TRUE(verified) << verified.error().public_detail;
  for (const auto& difference : verified->differences) {
    ADD_FAILURE() << difference.what << " " << difference.kind << " " << difference.object;
  }
  EXPECT_EQ(verified->fingerprint, verify(options_for(spared, ""))->fingerprint);
  const auto again = up(options_for(killed, ""));
  ASSERT_TRUE(again) << again.error().public_detail;
  EXPECT_TRUE(again->backfills.done.empty());

  EXPECT_GE(run_with_kills(admin, killed, "none", std::chrono::milliseconds(200)), 2);
  EXPECT_EQ(test::dump_schema(server->superuser_url("killed")), found);
}

}  // namespace
}  // namespace salesflow::migrations
