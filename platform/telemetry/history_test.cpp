#include "platform/telemetry/history.hpp"

#include <gtest/gtest.h>

namespace salesflow::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(History, TellsWhatWasSeenInItsSpanAndBeforeTheFirstSampleSinceTheStart) {
  Registry registry;
  const SteadyTime start{};
  History history(registry, {"took_seconds"}, {"asked_total"}, start, 5min);
  auto& took = registry.histogram("took_seconds", "T", {{"query", "a"}});
  auto& asked = registry.counter("asked_total", "A");
  took.observe_us(300);
  asked.add(2);
  auto window = history.window(start + 10s);
  EXPECT_EQ(window.length, 10s);
  ASSERT_EQ(window.histograms.size(), 1u);
  EXPECT_EQ(window.histograms[0].seen.count, 1u);
  EXPECT_EQ(window.histograms[0].labels.at("query"), "a");
  ASSERT_EQ(window.counters.size(), 1u);
  EXPECT_EQ(window.counters[0].seen, 2u);

  history.take(start + 15s);
  took.observe_us(40'000);
  window = history.window(start + 20s);
  EXPECT_EQ(window.length, 5s);
  ASSERT_EQ(window.histograms.size(), 1u);
  EXPECT_EQ(window.histograms[0].seen.count, 1u);
  EXPECT_EQ(window.histograms[0].seen.sum_us, 40'000u);
  EXPECT_TRUE(window.counters.empty()) << "nothing was asked since";

  // A sample that has left the span is let go, but for the one that begins it.
  for (int i = 2; i <= 60; ++i)
    history.take(start + 15s * i);
  window = history.window(start + 15min);
  EXPECT_EQ(window.length, 5min);
  EXPECT_TRUE(window.histograms.empty());
}

}  // namespace
}  // namespace salesflow::telemetry
