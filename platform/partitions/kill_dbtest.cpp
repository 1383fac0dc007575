// kill -9 at any step of convert and of revert: the next run carries on, and no row is lost.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "platform/cluster/child_process.hpp"
#include "tests/support/filled_events.hpp"
#include "tests/support/schema_dump.hpp"

namespace salesflow::partitions {
namespace {

using migrations::Progress;

// Not a test of its own: convert or revert, dying by SIGKILL when the step of that name begins.
TEST(PartitionVictim, DISABLED_DiesAtItsStep) {
  Options options;
  options.database_url = std::getenv("SALESFLOW_TEST_URL");
  const std::string step = std::getenv("SALESFLOW_TEST_STEP");
  options.progress = [&](const Progress& progress) {
    if (progress.migration == step || progress.text.find(step) != std::string::npos)
      raise(SIGKILL);
  };
  const auto problem = [](const auto& done) { return done ? std::string("none") : done.error().public_detail; };
  std::puts(
      (std::getenv("SALESFLOW_TEST_REVERT") != nullptr ? problem(revert(options)) : problem(convert(options))).c_str());
}

/// True when the victim died of the signal at the step; false when it ended without coming there.
bool die_at(const TestDatabase& database, const std::string& step, bool reverting) {
  cluster::SpawnOptions options;
  options.arguments = {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_filter=PartitionVictim.*",
                       "--gtest_also_run_disabled_tests"};
  options.environment = {"SALESFLOW_TEST_URL=" + database.url(Login::owner), "SALESFLOW_TEST_STEP=" + step,
                         "ASAN_OPTIONS=detect_leaks=0"};
  if (reverting)
    options.environment.push_back("SALESFLOW_TEST_REVERT=1");
  options.log_file =
      std::filesystem::temp_directory_path() / ("salesflow-partition-victim-" + std::to_string(getpid()) + ".log");
  options.directory = "/tmp";
  auto victim = cluster::ChildProcess::spawn(options).value();
  const auto status = victim.wait(std::chrono::seconds(60));
  const bool killed = status && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL;
  if (!killed)
    ADD_FAILURE() << "the victim lived: " << cluster::log_tail(options.log_file, 20);
  std::filesystem::remove(options.log_file);
  return killed;
}

TEST(PartitionKill, AtAnyStepOfConvertIsFollowedByASuccessfulConvertOrRevert) {
  for (const char* step :
       {"note", "add the bound", "validate the bound", "build the key", "swap", "compare", "materialized views",
        "builds materialized view public.own_totals_above", "statistics", "months ahead"}) {
    for (const bool then_revert : {false, true}) {
      SCOPED_TRACE(std::string(step) + (then_revert ? ", then revert" : ", then convert"));
      Filled filled(500);
      test::adorn_events(filled.database);
      const std::string before = test::dump_schema(filled.database), rows = filled.fingerprint();
      ASSERT_TRUE(die_at(filled.database, step, false));
      if (!then_revert) {
        const auto converted = convert(filled.options());
        ASSERT_TRUE(converted) << converted.error().public_detail;
        EXPECT_EQ(converted->status.state, "converted");
        EXPECT_TRUE(converted->status.pending.empty());
        EXPECT_EQ(filled.fingerprint(), rows);
      }
      const auto reverted = revert(filled.options());
      ASSERT_TRUE(reverted) << reverted.error().public_detail;
      EXPECT_EQ(filled.fingerprint(), rows);
      EXPECT_EQ(test::dump_schema(filled.database), before);
    }
  }
}

TEST(PartitionKill, AtAnyStepOfRevertIsFollowedByASuccessfulRevert) {
  for (const char* step :
       {"check", "build the key", "swap", "compare", "materialized views",
        "builds materialized view public.own_totals_above", "rows of later months", "rows moved", "clear up"}) {
    SCOPED_TRACE(step);
    Filled filled(500);
    test::adorn_events(filled.database);
    const std::string before = test::dump_schema(filled.database);
    ASSERT_TRUE(convert(filled.options()));
    filled.database.run_as(Login::owner, insert_later, {filled.account.user_id.to_string(), "700"});
    const std::string rows = filled.fingerprint();
    ASSERT_TRUE(die_at(filled.database, step, true));
    EXPECT_EQ(filled.fingerprint(), rows);
    const auto reverted = revert(filled.options());
    ASSERT_TRUE(reverted) << reverted.error().public_detail;
    EXPECT_EQ(filled.fingerprint(), rows);
    EXPECT_EQ(test::dump_schema(filled.database), before);
  }
}

}  // namespace
}  // namespace salesflow::partitions
