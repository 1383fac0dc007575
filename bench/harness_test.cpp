#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <stdexcept>

#include "bench/load.hpp"
#include "bench/proc_stat.hpp"
#include "bench/progress.hpp"
#include "bench/report.hpp"
#include "bench/rounds.hpp"
#include "bench/tool_output.hpp"

namespace salesflow::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Series series(std::string name, std::vector<double> per_second) {
  Series result{std::move(name), {}};
  for (const double value : per_second) {
    result.samples.push_back({.per_second = value});
  }
  return result;
}

TEST(BenchMedian, IsTheMiddleValueOrTheMeanOfTheTwoMiddleOnes) {
  EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
  EXPECT_DOUBLE_EQ(median({4, 1, 3, 100}), 3.5);
  EXPECT_DOUBLE_EQ(median({7}), 7);
  EXPECT_THROW(median({}), std::invalid_argument);
}

TEST(BenchMedian, OfRatiosComparesRoundByRoundNotTheMedians) {
  // A slow round hits both; the ratio of the medians (100 / 100) would hide that right was always half as fast.
  EXPECT_DOUBLE_EQ(median_ratio(series("left", {100, 20, 300}), series("right", {50, 10, 150}), &Sample::per_second),
                   2);
  EXPECT_DOUBLE_EQ(median_ratio(series("left", {10, 90, 10}), series("right", {10, 10, 20}), &Sample::per_second), 1);
}

TEST(BenchMedian, OfRatiosRefusesUnequalRoundsAndDivisorsOfNothing) {
  EXPECT_THROW(median_ratio(series("left", {1, 2}), series("right", {1}), &Sample::per_second), std::invalid_argument);
  EXPECT_THROW(median_ratio(series("left", {1}), series("right", {0}), &Sample::per_second), std::invalid_argument);
  EXPECT_THROW(median_ratio(series("left", {}), series("right", {}), &Sample::per_second), std::invalid_argument);
}

TEST(BenchMedian, CpuAdvantageCountsAllParties) {
  const Series cheap{"cheap", {{.cpu_us = 10, .database_cpu_us = 20, .load_cpu_us = 10}}};
  const Series dear{"dear", {{.cpu_us = 0, .database_cpu_us = 50, .load_cpu_us = 10}}};
  EXPECT_DOUBLE_EQ(median_cpu_advantage(cheap, dear), 1.5);
}

TEST(BenchRounds, TakeTurnsAfterOneWarmUpOfEach) {
  std::vector<std::string> calls;
  const auto contestant = [&](const std::string& name) {
    return Contestant{name, [&calls, name](std::chrono::milliseconds duration) {
                        calls.push_back(name + std::to_string(duration.count()));
                        return Sample{.per_second = static_cast<double>(calls.size())};
                      }};
  };
  Progress progress("test", std::chrono::milliseconds(0));
  const auto all = run_in_turns(
      "contest", {contestant("a"), contestant("b")},
      {.rounds = 2, .duration = std::chrono::milliseconds(5), .warm_up = std::chrono::milliseconds(1)}, progress);
  EXPECT_THAT(calls, ElementsAre("a1", "b1", "a5", "b5", "a5", "b5"));
  EXPECT_EQ(find_series(all, "b").samples.size(), 2U);
  EXPECT_DOUBLE_EQ(median_of(find_series(all, "a"), &Sample::per_second), 4);  // calls 3 and 5; warm-up not counted
  EXPECT_THROW(find_series(all, "c"), std::out_of_range);
}

constexpr const char* wrk_line =
    "Running 1s test @ http://127.0.0.1:1/\n"
    "bench-result requests=5000 duration_us=2000000 bytes=10000000 connect_errors=0 read_errors=0 write_errors=0 "
    "timeouts=0 bad_statuses=0 p50_us=3100 p99_us=9250\n";

TEST(BenchWrk, ResultIsReadFromTheLineOfOurScript) {
  const WrkResult result = parse_wrk(wrk_line);
  EXPECT_EQ(result.requests, 5000U);
  EXPECT_DOUBLE_EQ(result.per_second(), 2500);
  EXPECT_DOUBLE_EQ(result.bytes_per_request(), 2000);
  EXPECT_DOUBLE_EQ(result.latency_p50_ms, 3.1);
  EXPECT_DOUBLE_EQ(result.latency_p99_ms, 9.25);
}

TEST(BenchWrk, EveryKindOfErrorFailsTheRun) {
  for (const char* kind : {"connect_errors", "read_errors", "write_errors", "timeouts", "bad_statuses"}) {
    std::string text = wrk_line;
    const std::string clean = std::string(kind) + "=0";
    text.replace(text.find(clean), clean.size(), std::string(kind) + "=1");
    EXPECT_THROW(parse_wrk(text), std::runtime_error) << kind;
  }
  std::string idle = wrk_line;
  idle.replace(idle.find("requests=5000"), 13, "requests=0");
  EXPECT_THROW(parse_wrk(idle), std::runtime_error);
  EXPECT_THROW(parse_wrk("unable to connect to 127.0.0.1:1 Connection refused\n"), std::runtime_error);
}

constexpr const char* pgbench_output =
    "pgbench (15.20)\n"
    "progress: 1.0 s, 1000.0 tps, lat 15.1 ms stddev 9.0, 0 failed\n"
    "progress: 2.0 s, 4000.0 tps, lat 4.0 ms stddev 1.0, 0 failed\n"
    "number of transactions actually processed: 16000\n"
    "number of failed transactions: 0 (0.000%)\n"
    "latency average = 3.5 ms\n"
    "initial connection time = 200.0 ms\n"
    "tps = 4000.0 (without initial connection time)\n"
    " - 2339 transactions (38.5% of total, tps = 7.0)\n";

TEST(BenchPgbench, RateLeavesTheWarmUpOut) {
  EXPECT_EQ(parse_pgbench(pgbench_output, 0).transactions, 16000U);
  EXPECT_DOUBLE_EQ(parse_pgbench(pgbench_output, 0).per_second, 4000);
  EXPECT_DOUBLE_EQ(parse_pgbench(pgbench_output, 1).per_second, (16000 - 1000) / 3.0);
  EXPECT_DOUBLE_EQ(parse_pgbench(pgbench_output, 2).per_second, (16000 - 5000) / 2.0);
}

TEST(BenchPgbench, FailuresAbortsAndMissingFiguresFailTheRun) {
  std::string failed = pgbench_output;
  failed.replace(failed.find("transactions: 0 (0"), 18, "transactions: 3 (1");
  EXPECT_THROW(parse_pgbench(failed, 1), std::runtime_error);
  EXPECT_THROW(
      parse_pgbench(std::string("pgbench: error: client 3 script 0 aborted in command 1\n") + pgbench_output, 1),
      std::runtime_error);
  EXPECT_THROW(parse_pgbench(pgbench_output, 3), std::runtime_error);  // ended before the warm-up did
  EXPECT_THROW(parse_pgbench("tps = 12", 0), std::runtime_error);
}

TEST(BenchProc, StatLineIsReadAlsoWithBlanksAndParenthesesInTheName) {
  const auto times = parse_process_times(
      "4711 (pg: writer) x (1)) S 42 4711 4711 0 -1 4194560 9 9 0 0 100 20 3 4 20 0 1 0 12345 1 2 3\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->pid, 4711);
  EXPECT_EQ(times->parent, 42);
  EXPECT_EQ(times->own_ticks, 120U);
  EXPECT_EQ(times->reaped_children_ticks, 7U);
}

TEST(BenchProc, MalformedStatLinesAreRefused) {
  EXPECT_FALSE(parse_process_times(""));
  EXPECT_FALSE(parse_process_times("4711 (name S 42 1 1"));
  EXPECT_FALSE(parse_process_times("4711 (name) S 42 1 1 0 -1 4194560 9"));
  EXPECT_FALSE(parse_process_times("47x1 (name) S 42 1 1 0 -1 0 9 9 0 0 100 20 3 4 20"));
}

TEST(BenchProc, TreeHoldsChildrenOfChildrenAndEndedOnesAndNobodyElse) {
  const std::vector<ProcessTimes> processes{
      {1, 0, 1000, 1000}, {10, 1, 5, 7}, {11, 10, 20, 0}, {12, 11, 300, 0}, {20, 1, 4000, 0}};
  EXPECT_EQ(ticks_of_tree(10, processes), 5U + 7U + 20U + 300U);
  EXPECT_EQ(ticks_of_tree(99, processes), 0U);
}

TEST(BenchProc, OwnCpuTimeGrowsWhileWeWork) {
  const auto before = cpu_time_of_tree(::getpid());
  // Deadline instead of a fixed amount of work: a tick is 10 ms, and machines differ.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  volatile std::uint64_t work = 0;
  while (cpu_time_of_tree(::getpid()) == before && std::chrono::steady_clock::now() < deadline) {
    for (int i = 0; i < 100'000; ++i) {
      work = work + static_cast<std::uint64_t>(i);
    }
  }
  EXPECT_GT(cpu_time_of_tree(::getpid()), before);
}

TEST(BenchProc, ResidentMemoryIsFoundByItsWholeName) {
  const char* status = "Name:\tx\nVmHWM:\t  999 kB\nVmRSS:\t   1234 kB\nThreads:\t2\n";
  EXPECT_EQ(parse_status_kib(status, "VmRSS"), 1234U);
  EXPECT_FALSE(parse_status_kib(status, "Vm"));
  EXPECT_FALSE(parse_status_kib(status, "Threads"));
  EXPECT_GT(resident_kib(::getpid()), 1000U);
}

TEST(BenchLoad, MixedOrderKeepsTheWeightsAndNeverChanges) {
  const auto order = mixed_order({3, 0, 5});
  EXPECT_EQ(order, mixed_order({3, 0, 5}));
  EXPECT_EQ(std::count(order.begin(), order.end(), 0U), 3);
  EXPECT_EQ(std::count(order.begin(), order.end(), 1U), 0);
  EXPECT_EQ(std::count(order.begin(), order.end(), 2U), 5);
}

TEST(BenchLoad, PlanQuotesAnyBytesForLua) {
  RequestPlan plan{{{.path = "/a?b=\"c\"", .headers = {{"X", "\\\n"}}, .body = "ä"}}, {1}};
  EXPECT_THAT(plan.to_lua(), HasSubstr(R"(path = "/a?b=\034c\034")"));
  EXPECT_THAT(plan.to_lua(), HasSubstr(R"(["X"] = "\092\010")"));
  EXPECT_THAT(plan.to_lua(), HasSubstr(R"(body = "\195\164")"));
  EXPECT_THAT(plan.to_lua(), HasSubstr("order = { 1, }"));
  plan.weights.clear();
  EXPECT_THROW(plan.to_lua(), std::invalid_argument);
}

TEST(BenchReport, ChecksPassOnTheRightSideOfTheirTargetAndInformationAlways) {
  Report report("events");
  report.check("fast", 0.9, "ratio", Op::at_least, 0.85, {"4,812/s", "pgbench 5,301/s"});
  report.check("small", 59, "buffers", Op::at_most, 59, {});
  report.inform("aside", 1e9, "ms", {});
  EXPECT_TRUE(report.passed());
  report.check("slow", 0.84, "ratio", Op::at_least, 0.85, {});
  EXPECT_FALSE(report.passed());
}

TEST(BenchReport, AValueThatIsNoNumberNeverPasses) {
  Report report("events");
  report.check("broken", std::numeric_limits<double>::quiet_NaN(), "ratio", Op::at_most, 1.1, {});
  EXPECT_FALSE(report.passed());
}

TEST(BenchReport, JsonHoldsChecksWithAllSixFieldsAndTheRawRounds) {
  Report report("events");
  report.check("fast", 0.9, "ratio", Op::at_least, 0.85, {});
  report.inform("aside", 7, "ms", {});
  report.rounds("list", {series("salesflow", {10, 20})});
  const auto whole = boost::json::parse(boost::json::serialize(report.json({{"commit", "abc"}}))).as_object();
  EXPECT_EQ(whole.at("name").as_string(), "events");
  EXPECT_EQ(whole.at("commit").as_string(), "abc");
  EXPECT_TRUE(whole.at("passed").as_bool());
  ASSERT_EQ(whole.at("checks").as_array().size(), 1U);
  const auto& check = whole.at("checks").as_array()[0].as_object();
  EXPECT_EQ(check.at("name").as_string(), "fast");
  EXPECT_EQ(check.at("unit").as_string(), "ratio");
  EXPECT_EQ(check.at("op").as_string(), ">=");
  EXPECT_DOUBLE_EQ(check.at("value").to_number<double>(), 0.9);
  EXPECT_DOUBLE_EQ(check.at("target").to_number<double>(), 0.85);
  EXPECT_TRUE(check.at("pass").as_bool());
  EXPECT_EQ(whole.at("figures").as_array().size(), 1U);
  const auto& rounds = whole.at("rounds").at("list").at("salesflow").as_array();
  ASSERT_EQ(rounds.size(), 2U);
  EXPECT_DOUBLE_EQ(rounds[1].at("per_second").to_number<double>(), 20);
}

TEST(BenchReport, TableAlignsItsColumnsAndMarksMisses) {
  Report report("events");
  report.check("list_rps_vs_pgbench", 0.5, "ratio", Op::at_least, 0.85, {"2,500/s", "pgbench 5,000/s"});
  report.inform("µs", 3, "µs", {});
  report.note("16 connections");
  const std::string table = report.table();
  EXPECT_THAT(table, HasSubstr("list_rps_vs_pgbench  2,500/s  pgbench 5,000/s  0.50   >= 0.85  NO\n"));
  EXPECT_THAT(table, HasSubstr("16 connections\n"));
}

TEST(BenchReport, NumbersAreShort) {
  EXPECT_EQ(format_number(1234567.8), "1,234,568");
  EXPECT_EQ(format_number(-1234), "-1,234");
  EXPECT_EQ(format_number(0.857), "0.86");
  EXPECT_EQ(format_number(50), "50");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "none");
}

TEST(BenchProgress, BarStaysInItsFrame) {
  EXPECT_EQ(progress_bar(0.4), "[########------------]  40 %");
  EXPECT_EQ(progress_bar(-1), "[--------------------]   0 %");
  EXPECT_EQ(progress_bar(7), "[####################] 100 %");
}

}  // namespace
}  // namespace salesflow::bench
