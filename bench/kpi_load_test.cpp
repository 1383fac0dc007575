#include "bench/kpi_load.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace salesflow::bench {
namespace {

TEST(KpiLoad, SummarisesMillisecondsInAnyOrder) {
  std::vector<double> ms;
  for (int i = 100; i >= 1; --i)
    ms.push_back(i);
  const PaceSummary summary = summarize_ms(ms);
  EXPECT_EQ(summary.requests, 100U);
  EXPECT_DOUBLE_EQ(summary.p50_ms, 51);
  EXPECT_DOUBLE_EQ(summary.p95_ms, 96);
  EXPECT_DOUBLE_EQ(summary.p99_ms, 100);
  EXPECT_DOUBLE_EQ(summary.longest_ms, 100);
}

// Few samples must not hide the worst one: it is their p95.
TEST(KpiLoad, OfTwoTheSlowerIsTheP95) {
  EXPECT_DOUBLE_EQ(summarize_ms({9, 1}).p95_ms, 9);
  EXPECT_EQ(summarize_ms({}).requests, 0U);
}

TEST(KpiLoad, ReadsPgbenchsLogAndLeavesItsPlanningOut) {
  const char* log =
      "0 1 5000 0 1764500000 100 20\n"
      "1 1 1500 0 1764500000 200 20\n"
      "0 2 2500 0 1764500000 300 20\n";
  EXPECT_EQ(parse_pgbench_log(log, 0), (std::vector<double>{5, 1.5, 2.5}));
  EXPECT_EQ(parse_pgbench_log(log, 1), (std::vector<double>{1.5, 2.5}));
  EXPECT_THROW(parse_pgbench_log("skipped\n", 0), std::runtime_error);
}

}  // namespace
}  // namespace salesflow::bench
