// Leases against real servers, straight and through PgBouncer: one leader, and none that was paused does any work.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "platform/cluster/child_process.hpp"
#include "platform/jobs/queries.hpp"
#include "platform/jobs/runner.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::jobs {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::Login;
using test::PostgresRig;
using test::TestQuery;

const char* const victim_url = "SALESFLOW_TEST_JOBS_URL";
const char* const victim_mode = "SALESFLOW_TEST_JOBS_MODE";

const TestQuery& add_effect() {
  static const TestQuery query("test.add_effect", "INSERT INTO effects (node) VALUES ($1)", {postgres::oid::text},
                               QueryMode::write);
  return query;
}
/// Waits inside the statement until the effect may be there.
const TestQuery& add_effect_slowly() {
  static const TestQuery query("test.add_effect_slowly", "INSERT INTO effects (node) SELECT $1 FROM pg_sleep(120) AS s",
                               {postgres::oid::text}, QueryMode::write, 180s);
  return query;
}

/// One process: a runner with one job, over a pool of its own.
struct Node {
  Node(postgres::PoolSettings pool, std::string name, const TestQuery& effect,
       std::chrono::milliseconds lease_life = RunnerSettings().lease_life)
      : rig(std::move(pool)) {
    store = make_pg_store(*rig.database);
    Job job;
    job.name = "test_job";
    job.interval = 100ms;
    job.deadline = 120s;
    job.run_once = [this, name, &effect](RequestContext& request) -> Task<Result<Bite>> {
      const auto added = co_await rig.database->write(request, effect, name);
      if (!added)
        co_return added.error();
      co_return Bite{static_cast<std::int64_t>(*added), false};
    };
    Job rare = job;  // as most are
    rare.name = "test_rare_job";
    rare.interval = 60s;
    RunnerSettings settings;
    settings.node = name;
    settings.lease_life = lease_life;
    settings.summary_every = 0ms;
    settings.patience = 60s;
    runner.emplace(rig.context, std::vector{job, rare}, store.get(), metrics, settings);
  }
  bool look() {
    const auto looked = rig.run(runner->look_at_leases());
    EXPECT_TRUE(looked) << looked.error().public_detail << looked.error().log_detail;
    return runner->leads("test_job");
  }
  Result<std::int64_t> run(const char* job = "test_job") { return rig.run(runner->run_once(job)); }

  PostgresRig rig;
  telemetry::Registry metrics;
  std::unique_ptr<Store> store;
  std::optional<Runner> runner;
};

class JobLeases : public testing::TestWithParam<PoolMode> {
 protected:
  JobLeases() {
    database.run(
        "CREATE TABLE effects (node text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());"
        "GRANT SELECT, INSERT ON effects TO salesflow_worker");
  }
  std::string url() const {
    return GetParam() == PoolMode::pooled ? database.pooled_url(Login::worker) : database.url(Login::worker);
  }
  /// Its leases last until expire().
  std::unique_ptr<Node> node(std::string name, const TestQuery& effect = add_effect()) const {
    postgres::PoolSettings settings;
    settings.conninfo = url();
    settings.mode = GetParam();
    settings.connections = 1;
    settings.acquire_timeout = 30s;
    return std::make_unique<Node>(std::move(settings), std::move(name), effect, 10min);
  }
  void expire() { database.run("UPDATE salesflow.job_leases SET expires_at = now() - interval '1 second'"); }
  std::int64_t number(const std::string& query) { return database.run(query).integer(); }
  std::string text(const std::string& query) { return database.run(query).value(); }
  /// Statements of the old leader's job that run now.
  std::int64_t running_effects() {
    return number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND "
        "query LIKE '%INTO effects%' AND pid <> pg_backend_pid()");
  }
  cluster::ChildProcess start_victim() const {
    cluster::SpawnOptions options;
    options.arguments = {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_filter=JobLeasesVictim.*",
                         "--gtest_also_run_disabled_tests"};
    options.environment = {std::string(victim_url) + "=" + url(),
                           std::string(victim_mode) + "=" + (GetParam() == PoolMode::pooled ? "pooled" : "direct"),
                           "ASAN_OPTIONS=detect_leaks=0"};
    options.log_file = std::filesystem::temp_directory_path() / ("salesflow-jobs-" + std::to_string(getpid()) + ".log");
    options.directory = "/tmp";
    options.death_signal = SIGKILL;
    return cluster::ChildProcess::spawn(options).value();
  }

  test::TestDatabase database;
};

INSTANTIATE_TEST_SUITE_P(BothModes, JobLeases, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "Direct" : "Pooled"; });

/// Leads until it is killed. No test: the process that the tests below start and kill, disabled for everybody else.
TEST(JobLeasesVictim, DISABLED_LeadsUntilItIsKilled) {
  const char* url = std::getenv(victim_url);
  if (!url)
    GTEST_SKIP() << "waits for nothing: the tests below start it as a process of their own";
  postgres::PoolSettings settings;
  settings.conninfo = url;
  settings.mode = std::string_view(std::getenv(victim_mode)) == "pooled" ? PoolMode::pooled : PoolMode::direct;
  settings.connections = 1;
  settings.acquire_timeout = 30s;
  Node node(settings, "victim", add_effect_slowly());
  node.runner->start();
  node.rig.context.restart();
  node.rig.context.run_for(10min);
}

TEST_P(JobLeases, OneOfTwoNodesRunsTheJob) {
  const auto a = node("a"), b = node("b");
  EXPECT_TRUE(a->look());
  EXPECT_FALSE(b->look());
  const auto done = a->run();
  ASSERT_TRUE(done) << done.error().public_detail << done.error().log_detail;
  EXPECT_EQ(*done, 1);
  const auto refused = b->run();
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::precondition_failed);
  EXPECT_EQ(text("SELECT string_agg(node, ',') FROM effects"), "a");
  EXPECT_EQ(text("SELECT holder || epoch || (expires_at > now()) FROM salesflow.job_leases WHERE name = 'test_job'"),
            "a1true");
  EXPECT_TRUE(a->look());
}

TEST_P(JobLeases, ARunIsInTheHistoryWithItsEndAndTheNext) {
  const auto a = node("a");
  a->look();
  ASSERT_TRUE(a->run("test_rare_job"));
  EXPECT_EQ(text("SELECT node || epoch || outcome || rows || (ended_at >= started_at) || (next_run_at = started_at + "
                 "interval '1 minute') FROM salesflow.job_runs"),
            "a1done1truetrue");
  EXPECT_EQ(text("SELECT (backend_pid IS NULL) || (last_success_at IS NOT NULL)::text || (next_run_at > now())::text "
                 "FROM salesflow.job_leases WHERE name = 'test_rare_job'"),
            "truetruetrue");
  database.run("DROP TABLE effects");
  EXPECT_TRUE(a->run("test_rare_job").has_error());
  EXPECT_EQ(number("SELECT count(*) FROM salesflow.job_runs WHERE outcome = 'failed' AND error LIKE '%42P01%'"), 1);
}

TEST_P(JobLeases, AnOldLeaderCanStartNothing) {
  const auto a = node("a"), b = node("b");
  EXPECT_TRUE(a->look());
  expire();
  EXPECT_TRUE(b->look());
  EXPECT_TRUE(a->runner->leads("test_job")) << "as far as it knows";
  const auto refused = a->run();
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::precondition_failed);
  EXPECT_EQ(number("SELECT count(*) FROM effects"), 0);
  EXPECT_TRUE(b->run());
  EXPECT_FALSE(a->look());
}

TEST_P(JobLeases, AnExpiredLeaseCoversNoNewRun) {
  const auto a = node("a");
  EXPECT_TRUE(a->look());
  expire();
  EXPECT_TRUE(a->run().has_error());
  EXPECT_EQ(number("SELECT count(*) FROM effects"), 0);
  EXPECT_TRUE(a->look());
  EXPECT_TRUE(a->run());
}

TEST_P(JobLeases, AnExpiredLeaseThatNobodyTookIsItsHoldersAgain) {
  const auto a = node("a"), b = node("b");
  EXPECT_TRUE(a->look());
  expire();
  EXPECT_TRUE(a->look());
  EXPECT_TRUE(a->run());
  EXPECT_FALSE(b->look());
  EXPECT_EQ(number("SELECT epoch FROM salesflow.job_leases WHERE name = 'test_job'"), 1);
}

TEST_P(JobLeases, RenewalsPassWhileARunHoldsTheLeaseAndATakeoverEndsIt) {
  const auto a = node("a", add_effect_slowly()), b = node("b");
  EXPECT_TRUE(a->look());
  int ended = 0;
  Result<std::int64_t> outcome = std::int64_t{0};
  const auto run = [&]() -> Task<void> { outcome = co_await a->runner->run_once("test_job"); };
  a->rig.start(run(), ended);
  ASSERT_TRUE(a->rig.run_until([&] { return running_effects() == 1; }));
  EXPECT_TRUE(a->look());
  EXPECT_FALSE(b->look());
  EXPECT_EQ(ended, 0);
  expire();
  EXPECT_TRUE(b->look());
  EXPECT_EQ(running_effects(), 0);
  EXPECT_TRUE(b->run());
  ASSERT_TRUE(a->rig.run_until([&] { return ended == 1; }));
  EXPECT_TRUE(outcome.has_error());
  EXPECT_FALSE(a->look());
  EXPECT_EQ(text("SELECT string_agg(node, ',') FROM effects"), "b");
}

TEST_P(JobLeases, ATakeoverWaitsForWhoeverHoldsTheLeaseAndKeepsNoOtherLeaseWaiting) {
  const auto a = node("a"), b = node("b");
  EXPECT_TRUE(a->look());
  // As a run whose backend cannot be ended: it is not the noted one.
  auto holder = cluster::SqlSession::connect(database.url(Login::worker)).value();
  holder.run("BEGIN").value();
  holder.run(std::string(sql::hold_lease.text), {"test_job", "1"}).value();
  expire();
  EXPECT_TRUE(b->rig.run(b->runner->look_at_leases()).has_error());
  EXPECT_FALSE(b->runner->leads("test_job"));
  EXPECT_TRUE(b->runner->leads("test_rare_job"));
  holder.run("COMMIT").value();
  EXPECT_TRUE(b->look());
}

TEST_P(JobLeases, ALeaderPausedInTheMiddleOfAStatementDoesNothingWhenItWakes) {
  auto victim = start_victim();
  ASSERT_TRUE(test::wait_until([&] { return running_effects() > 0; }, 120s));
  victim.signal(SIGSTOP);
  const auto b = node("b");
  ASSERT_TRUE(test::wait_until([&] { return b->look() && b->runner->leads("test_rare_job"); }, 30s));
  EXPECT_EQ(running_effects(), 0);
  EXPECT_TRUE(b->run());
  EXPECT_TRUE(b->run("test_rare_job"));
  EXPECT_GE(number("SELECT count(*) FROM salesflow.job_runs WHERE node = 'victim' AND outcome = 'failed'"), 1)
      << "what it did not end is written down as lost";
  victim.signal(SIGCONT);
  // It wakes, finds its connections gone and asks again; it gets no lease while b renews.
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(b->look());
    EXPECT_EQ(running_effects(), 0);
    b->rig.context.restart();
    b->rig.context.run_for(200ms);
  }
  EXPECT_TRUE(victim.is_running());
  EXPECT_EQ(text("SELECT string_agg(DISTINCT node, ',') FROM effects"), "b");
  EXPECT_EQ(number("SELECT min(epoch) FROM salesflow.job_leases"), 2);
  EXPECT_EQ(number("SELECT max(epoch) FROM salesflow.job_leases"), 2);
}

TEST_P(JobLeases, AKilledLeaderIsReplacedWithinTenSeconds) {
  auto victim = start_victim();
  ASSERT_TRUE(test::wait_until([&] { return running_effects() > 0; }, 120s));
  const auto b = node("b");
  b->runner->start();
  int ended = 0;
  victim.signal(SIGKILL);
  const auto killed_at = std::chrono::steady_clock::now();
  ASSERT_TRUE(b->rig.run_until([&] { return number("SELECT count(*) FROM effects") > 0; }));
  EXPECT_LT(std::chrono::steady_clock::now() - killed_at, 10s);
  EXPECT_EQ(text("SELECT DISTINCT node FROM effects"), "b");
  b->rig.start(b->runner->stop(std::chrono::steady_clock::now() + 5s), ended);
  ASSERT_TRUE(b->rig.run_until([&] { return ended == 1; }));
  const auto c = node("c");
  EXPECT_TRUE(c->look()) << "a stopped node gives its leases back";
}

TEST(JobHistory, IsKeptForAWeekAndReadByWhoServes) {
  test::TestDatabase database;
  database.run(
      "INSERT INTO salesflow.job_runs (name, node, started_at) SELECT 'j', 'n', now() - i * interval '1 day' FROM "
      "generate_series(5, 9) AS i");
  PostgresRig rig([&] {
    auto settings = test::pool_settings(database);
    settings.conninfo = database.url(Login::worker);
    return settings;
  }());
  const auto store = make_pg_store(*rig.database);
  const Job job = purge_runs_job(*store);
  RequestContext request;
  request.deadline = std::chrono::steady_clock::now() + 30s;
  const auto purged = rig.run(job.run_once(request));
  ASSERT_TRUE(purged) << purged.error().log_detail;
  EXPECT_EQ(purged->rows, 3);
  EXPECT_FALSE(purged->more);
  EXPECT_EQ(database.run("SELECT count(*) FROM salesflow.job_runs").integer(), 2);
  EXPECT_EQ(database.run_as(Login::app, "SELECT count(*) FROM salesflow.list_jobs()").integer(), 0)
      << "none of an hour";
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT FROM salesflow.job_runs"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "DELETE FROM salesflow.job_runs"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "UPDATE salesflow.job_leases SET epoch = 9"));
}

}  // namespace
}  // namespace salesflow::jobs
