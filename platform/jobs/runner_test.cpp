// The runner over leases and history in memory, with a clock that stands still.
#include "platform/jobs/runner.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "platform/jobs/memory_store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::jobs {
namespace {

using namespace std::chrono_literals;
using test::run_task;

TimePoint fake_time = parse_rfc3339("2026-11-29T09:00:00Z").value();
TimePoint fake_now() {
  return fake_time;
}

class RunnerTest : public testing::Test {
 protected:
  /// A job whose bites answer what stands in `bites`, each after a second of the fake clock.
  Job job(std::string name, Place place = Place::once_per_database, std::chrono::milliseconds interval = 60s) {
    Job declared;
    declared.name = std::move(name);
    declared.interval = interval;
    declared.place = place;
    declared.run_once = [this](RequestContext& request) -> Task<Result<Bite>> {
      routes.emplace_back(request.route);
      fake_time += 1s;
      if (bites.empty())
        co_return Bite{};
      auto bite = bites.front();
      bites.erase(bites.begin());
      co_return bite;
    };
    return declared;
  }
  std::unique_ptr<Runner> runner(std::vector<Job> jobs, const char* node = "a") {
    RunnerSettings settings;
    settings.node = node;
    settings.now = fake_now;
    settings.heartbeat = 20ms;
    settings.summary_every = 0ms;
    return std::make_unique<Runner>(context, std::move(jobs), &store, metrics, settings);
  }
  bool has_metric(const std::string& line) const { return metrics.expose().find(line + "\n") != std::string::npos; }

  asio::io_context context{1};
  MemoryStore store;
  telemetry::Registry metrics;
  std::vector<Result<Bite>> bites;
  std::vector<std::string> routes;
};

TEST_F(RunnerTest, AJobThatHasNoWorkTakesNoBite) {
  Job often = job("move", Place::once_per_database, 50ms);
  Result<bool> has_work = false;
  int asked = 0;
  often.has_work = [&](RequestContext&) -> Task<Result<bool>> {
    ++asked;
    co_return std::as_const(has_work);  // or it is read as whether it holds a value
  };
  const auto a = runner({often});
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  ASSERT_TRUE(run_task(context, a->run_once("move")));
  EXPECT_TRUE(routes.empty());
  has_work = true;
  bites = {Bite{3, true}, Bite{1, false}};
  EXPECT_EQ(run_task(context, a->run_once("move")).value(), 4);
  EXPECT_EQ(routes.size(), 2U);
  EXPECT_EQ(asked, 2) << "once a run";
  has_work = fail(Errc::unavailable, "gone");
  EXPECT_TRUE(run_task(context, a->run_once("move")).has_error());
  EXPECT_EQ(routes.size(), 2U);
}

TEST_F(RunnerTest, WritesDownStartEndRowsAndNextTimeOfARun) {
  const auto a = runner({job("purge")});
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  ASSERT_TRUE(a->leads("purge"));
  const TimePoint began = fake_time;
  bites = {Bite{100, true}, Bite{7, false}};
  const auto rows = run_task(context, a->run_once("purge"));
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, 107);
  EXPECT_EQ(routes, (std::vector<std::string>{"job.purge", "job.purge"}));
  ASSERT_EQ(store.runs.size(), 1U);
  const RunRecord& run = store.runs[0];
  EXPECT_EQ(run.node, "a");
  EXPECT_EQ(run.epoch, 1);
  EXPECT_EQ(run.started_at, began);
  EXPECT_EQ(run.ended_at, began + 2s);
  EXPECT_EQ(run.next_run_at, began + 60s);
  EXPECT_EQ(run.rows, 107);
  EXPECT_FALSE(run.error);
  EXPECT_TRUE(has_metric("salesflow_job_rows_total{job=\"purge\"} 107"));
  EXPECT_TRUE(has_metric("salesflow_job_failures_total{job=\"purge\"} 0"));
  EXPECT_NE(metrics.expose().find("salesflow_job_seconds_count{job=\"purge\"} 1"), std::string::npos);
}

TEST_F(RunnerTest, AFailureEndsTheRunAndIsWrittenDown) {
  const auto a = runner({job("purge")});
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  bites = {Bite{100, true}, fail(Errc::unavailable, "Away", {}, "57P01"), Bite{1, false}};
  EXPECT_TRUE(run_task(context, a->run_once("purge")).has_error());
  EXPECT_EQ(bites.size(), 1U);
  EXPECT_EQ(store.runs.at(0).error, "Away: 57P01");
  EXPECT_TRUE(a->leads("purge"));
  EXPECT_TRUE(has_metric("salesflow_job_failures_total{job=\"purge\"} 1"));
  EXPECT_FALSE(store.leases.at("purge").last_success_at);
}

TEST_F(RunnerTest, OneOfTwoNodesLeadsAndTheOtherFollowsWhenItIsGone) {
  const auto a = runner({job("purge")}), b = runner({job("purge")}, "b");
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  ASSERT_TRUE(run_task(context, b->look_at_leases()));
  EXPECT_TRUE(a->leads("purge"));
  EXPECT_FALSE(b->leads("purge"));
  store.leases.at("purge").expired = true;
  ASSERT_TRUE(run_task(context, b->look_at_leases()));
  EXPECT_TRUE(b->leads("purge"));
  // The old leader finds out when it tries, and at its next heartbeat.
  const auto refused = run_task(context, a->run_once("purge"));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::precondition_failed);
  EXPECT_TRUE(routes.empty());
  EXPECT_FALSE(a->leads("purge"));
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  EXPECT_FALSE(a->leads("purge"));
  EXPECT_TRUE(b->leads("purge"));
}

TEST_F(RunnerTest, AStoppedNodeGivesItsLeasesBack) {
  const auto a = runner({job("purge")}), b = runner({job("purge")}, "b");
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  const auto stop = [&]() -> Task<int> {
    co_await a->stop(std::chrono::steady_clock::now() + 1s);
    co_return 0;
  };
  run_task(context, stop());
  ASSERT_TRUE(run_task(context, b->look_at_leases()));
  EXPECT_TRUE(b->leads("purge"));
}

TEST_F(RunnerTest, FrequentRunsThatAreAlikeShareARow) {
  RunnerSettings settings;
  settings.node = "a";
  settings.now = fake_now;
  settings.summary_every = 1h;
  Runner a(context, {job("watch", Place::per_node, 100ms)}, &store, metrics, settings);
  const TimePoint began = fake_time;
  bites = {Bite{1, false}, Bite{2, false}, fail(Errc::unavailable, "Away"), fail(Errc::unavailable, "Away"), Bite{}};
  for (int i = 0; i < 5; ++i)
    (void)run_task(context, a.run_once("watch"));
  ASSERT_EQ(store.runs.size(), 2U);
  EXPECT_EQ(store.runs[0].runs, 2);
  EXPECT_EQ(store.runs[0].rows, 3);
  EXPECT_EQ(store.runs[0].started_at, began);
  EXPECT_EQ(store.runs[0].ended_at, began + 2s);
  EXPECT_FALSE(store.runs[0].epoch);
  EXPECT_EQ(store.runs[1].runs, 2);
  EXPECT_EQ(store.runs[1].error, "Away");
}

TEST_F(RunnerTest, SaysWhichJobsAreLate) {
  const auto a = runner({job("purge"), job("fold")});
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  EXPECT_TRUE(has_metric("salesflow_job_late{job=\"purge\"} 0"));
  fake_time += late_after(job("purge")) + 2s;
  (void)run_task(context, a->run_once("fold"));
  EXPECT_TRUE(has_metric("salesflow_job_late{job=\"purge\"} 1"));
  EXPECT_TRUE(has_metric("salesflow_job_late{job=\"fold\"} 0"));
  // Another node's success counts.
  auto& lease = store.leases.at("purge");
  lease.holder = "b";
  lease.last_success_at = fake_time;
  ASSERT_TRUE(run_task(context, a->look_at_leases()));
  EXPECT_TRUE(has_metric("salesflow_job_late{job=\"purge\"} 0"));
}

TEST_F(RunnerTest, BringsJobsToTheirTimesAndEndsThem) {
  int led = 0, local = 0, slow = 0;
  const auto counting = [](std::string name, Place place, std::chrono::milliseconds interval, int& count) {
    Job declared;
    declared.name = std::move(name);
    declared.interval = interval;
    declared.place = place;
    declared.run_once = [&count](RequestContext&) -> Task<Result<Bite>> {
      ++count;
      co_return Bite{};
    };
    return declared;
  };
  const auto a = runner({counting("led", Place::once_per_database, 10ms, led),
                         counting("local", Place::per_node, 10ms, local), counting("slow", Place::per_node, 1h, slow)});
  a->start();
  const auto watch = [&]() -> Task<void> {
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
        context);
    while (led < 5 || local < 5) {
      pause.expires_after(5ms);
      co_await pause.async_wait(use_task);
    }
    co_await a->stop(std::chrono::steady_clock::now() + 10s);
  };
  asio::co_spawn(context, watch(), [](std::exception_ptr) {});
  context.restart();
  context.run_for(60s);
  EXPECT_GE(led, 5);
  EXPECT_GE(local, 5);
  EXPECT_EQ(slow, 1) << "at once, then after an hour";
  EXPECT_TRUE(context.stopped()) << "nothing goes on after stop()";
  EXPECT_TRUE(store.leases.at("led").expired);
}

TEST_F(RunnerTest, ANewLeaderKeepsTheTimeOfTheNextRun) {
  int count = 0;
  Job declared = job("purge", Place::once_per_database, 1h);
  declared.run_once = [&count](RequestContext&) -> Task<Result<Bite>> {
    ++count;
    co_return Bite{};
  };
  const auto a = runner({declared});
  store.leases["purge"].next_run_at = fake_time + 30min;
  a->start();
  const auto watch = [&]() -> Task<void> {
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
        context);
    while (!a->leads("purge")) {
      pause.expires_after(5ms);
      co_await pause.async_wait(use_task);
    }
    pause.expires_after(100ms);
    co_await pause.async_wait(use_task);
    co_await a->stop(std::chrono::steady_clock::now() + 10s);
  };
  asio::co_spawn(context, watch(), [](std::exception_ptr) {});
  context.restart();
  context.run_for(60s);
  EXPECT_EQ(count, 0);
}

TEST_F(RunnerTest, WithoutAStoreOnlyJobsOfEachNodeRun) {
  RunnerSettings settings;
  settings.node = "a";
  EXPECT_THROW(Runner(context, {job("purge")}, nullptr, metrics, settings), std::logic_error);
  Runner a(context, {job("watch", Place::per_node)}, nullptr, metrics, settings);
  EXPECT_TRUE(run_task(context, a.run_once("watch")));
  EXPECT_THROW(run_task(context, a.run_once("absent")), std::out_of_range);
}

}  // namespace
}  // namespace salesflow::jobs
