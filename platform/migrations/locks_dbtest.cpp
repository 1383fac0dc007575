// Locks that others hold: the runner waits in short attempts, gives way, and says whose they are.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "platform/migrations/runner.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::SqlSession;
using test::TestDatabase;
using test::wait_until;

Options options_for(const TestDatabase& database, std::string to = {}) {
  Options options;
  options.database_url = database.url(Login::owner);
  options.to = std::move(to);
  return options;
}

TEST(MigrationLocks, GivesUpOnALockWithTheNameOfItsHolder) {
  TestDatabase database(Schema::empty);
  ASSERT_TRUE(up(options_for(database, "0008")));
  auto reader = SqlSession::connect(database.url(Login::owner)).value();
  reader.run("BEGIN").value();
  reader.run("SELECT count(*) FROM message_events").value();
  const std::string pid = reader.run("SELECT pg_backend_pid()").value().value();
  auto options = options_for(database, "0007");
  options.lock_timeout = std::chrono::milliseconds(400);
  options.lock_budget = std::chrono::milliseconds(1500);
  int waits = 0;
  options.progress = [&](const Progress& progress) { waits += progress.kind == Progress::Kind::waiting ? 1 : 0; };
  const auto refused = down(options);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().public_detail.find("pid " + pid), std::string::npos) << refused.error().public_detail;
  EXPECT_NE(refused.error().public_detail.find("SELECT pg_backend_pid()"), std::string::npos)
      << refused.error().public_detail;
  EXPECT_GE(waits, 1);
  EXPECT_EQ(database.run("SELECT max(version) FROM salesflow.schema_migrations").value(), "8");
  reader.run("ROLLBACK").value();
  EXPECT_TRUE(down(options));
}

TEST(MigrationLocks, AFileWithoutTransactionAsksForItsLocksAgain) {
  TestDatabase database(Schema::empty);
  ASSERT_TRUE(up(options_for(database, "0041")));
  auto writer = SqlSession::connect(database.url(Login::owner)).value();
  writer.run("BEGIN").value();
  writer.run("DELETE FROM leads").value();
  auto options = options_for(database, "0042");
  options.lock_timeout = std::chrono::milliseconds(100);
  options.lock_budget = std::chrono::milliseconds(700);
  const auto refused = up(options);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().public_detail.find("0042_base_row_counts.up.sql line"), std::string::npos)
      << refused.error().public_detail;
  options.lock_budget = std::chrono::milliseconds(60'000);
  options.progress = [&](const Progress& progress) {
    if (progress.kind == Progress::Kind::waiting)
      writer.run("ROLLBACK").value();
  };
  const auto done = up(options);
  ASSERT_TRUE(done) << done.error().public_detail;
  EXPECT_TRUE(verify(options)->differences.empty());
}

TEST(MigrationLocks, OutwaitsAForeignTransactionOfTwelveSecondsWithoutStoppingTheService) {
  TestDatabase database(Schema::empty);
  ASSERT_TRUE(up(options_for(database, "0008")));
  auto foreign = SqlSession::connect(database.url(Login::owner)).value();
  foreign.run("BEGIN").value();
  foreign.run("SELECT count(*) FROM message_events").value();
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::chrono::milliseconds longest{0};
  std::thread service([&] {
    auto reader = SqlSession::connect(database.url(Login::owner)).value();
    while (!done) {
      const auto begin = std::chrono::steady_clock::now();
      // Once the table is gone, there is nothing left to read.
      reads += reader.run("SELECT count(*) FROM message_events").has_value() ? 1 : 0;
      longest = std::max(
          longest, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  std::thread commit([&] {
    std::this_thread::sleep_for(std::chrono::seconds(12));
    foreign.run("COMMIT").value();
  });
  auto options = options_for(database, "0007");
  std::string said;
  options.progress = [&](const Progress& progress) {
    said += progress.kind == Progress::Kind::waiting ? progress.text : "";
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto taken_back = down(options);
  const auto took = std::chrono::steady_clock::now() - begin;
  done = true;
  commit.join();
  service.join();
  ASSERT_TRUE(taken_back) << taken_back.error().public_detail;
  EXPECT_GE(took, std::chrono::seconds(11));
  EXPECT_NE(said.find("in the way: pid"), std::string::npos) << said;
  EXPECT_NE(said.find("SELECT count(*) FROM message_events"), std::string::npos) << said;
  EXPECT_GT(reads, 50);
  EXPECT_LE(longest, std::chrono::milliseconds(2'500)) << "one attempt stalls the others for lock_timeout at most";
}

/// The owner may not lower deadlock_timeout, as on a hosted server.
TEST(MigrationLocks, InADeadlockTheMigrationGivesWayAndNotTheWriter) {
  TestDatabase database(Schema::empty);
  auto options = options_for(database);
  ASSERT_TRUE(up(options));
  database.run_as(Login::owner, "CREATE TABLE leads_of_theirs (a int); INSERT INTO leads_of_theirs VALUES (1)");
  database.run_as(Login::owner, "CREATE TABLE notes_of_theirs (a int); INSERT INTO notes_of_theirs VALUES (1)");
  options.migrations = embedded_migrations().value();
  Migration extra;
  extra.version = 9001;
  extra.name = "9001_phase4_extra";
  extra.phase = Phase::phase4;
  extra.up_sql = "ALTER TABLE leads_of_theirs ADD b int; SELECT pg_sleep(0.2); ALTER TABLE notes_of_theirs ADD b int";
  extra.down_sql = "SELECT 1";
  extra.checksum = "extra";
  options.migrations.push_back(extra);
  int waits = 0;
  options.progress = [&](const Progress& progress) { waits += progress.kind == Progress::Kind::waiting ? 1 : 0; };

  auto writer = SqlSession::connect(database.url(Login::owner)).value();
  writer.run("BEGIN; UPDATE notes_of_theirs SET a = 2").value();
  std::thread migrating([&] {
    const auto done = up(options);
    EXPECT_TRUE(done) << done.error().public_detail;
  });
  EXPECT_TRUE(wait_until([&] {
    return database
               .run(
                   "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = "
                   "'leads_of_theirs'::regclass")
               .integer() == 1;
  }));
  const auto written = writer.run("UPDATE leads_of_theirs SET a = 2");
  EXPECT_TRUE(written) << writer.last_sqlstate();
  writer.run(written ? "COMMIT" : "ROLLBACK").value();
  migrating.join();
  EXPECT_GE(waits, 1);
}

}  // namespace
}  // namespace salesflow::migrations
