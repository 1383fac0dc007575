#include "platform/telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "platform/telemetry/families.hpp"

namespace salesflow::telemetry {
namespace {

TEST(Metrics, CountsFromSeveralThreadsWithoutLoss) {
  Registry registry;
  auto& counter = registry.counter("requests_total", "Requests", {{"route", "a"}});
  auto& histogram = registry.histogram("took_seconds", "Latency");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        counter.add();
        histogram.observe_us(300);
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(counter.value(), 40'000u);
  EXPECT_EQ(histogram.snapshot().count, 40'000u);
  EXPECT_EQ(histogram.snapshot().sum_us, 12'000'000u);
}

TEST(Metrics, SameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  EXPECT_EQ(&registry.counter("a_total", "A", {{"x", "1"}}), &registry.counter("a_total", "A", {{"x", "1"}}));
  EXPECT_NE(&registry.counter("a_total", "A", {{"x", "1"}}), &registry.counter("a_total", "A", {{"x", "2"}}));
}

TEST(Metrics, ExposesCumulativeBucketsInSeconds) {
  Registry registry;
  auto& histogram = registry.histogram("took_seconds", "Latency", {{"query", "events.list_pending"}});
  histogram.observe_us(50);
  histogram.observe_us(51);
  histogram.observe_us(20'000'000);
  registry.counter("b_total", "B").add(3);
  const std::string text = registry.expose();
  EXPECT_NE(text.find("took_seconds_bucket{query=\"events.list_pending\",le=\"5e-05\"} 1\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("le=\"0.0001\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("le=\"+Inf\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("# TYPE b_total counter\nb_total 3\n"), std::string::npos) << text;
}

TEST(Metrics, AQuantileIsLinearWithinItsBucketAndNeverAboveTheHighestBound) {
  Histogram histogram;
  EXPECT_EQ(quantile_us(histogram.snapshot(), 0.5), 0);
  for (int i = 0; i < 90; ++i)
    histogram.observe_us(80);  // 50 to 100
  for (int i = 0; i < 10; ++i)
    histogram.observe_us(2'000);  // 1,000 to 2,500
  EXPECT_DOUBLE_EQ(quantile_us(histogram.snapshot(), 0.45), 75);
  EXPECT_DOUBLE_EQ(quantile_us(histogram.snapshot(), 0.95), 1'750);
  Histogram slow;
  slow.observe_us(60'000'000);
  EXPECT_DOUBLE_EQ(quantile_us(slow.snapshot(), 0.5), 10'000'000);
}

TEST(Metrics, MembersOfAFamilyAreListedWithTheirLabels) {
  Registry registry;
  registry.counter("a_total", "A", {{"x", "1"}}).add(3);
  registry.histogram("b_seconds", "B", {{"x", "2"}}).observe_us(1);
  const auto counters = counters_of(registry, "a_total");
  ASSERT_EQ(counters.size(), 1u);
  EXPECT_EQ(counters[0].first->at("x"), "1");
  EXPECT_EQ(counters[0].second->value(), 3u);
  ASSERT_EQ(histograms_of(registry, "b_seconds").size(), 1u);
  EXPECT_TRUE(histograms_of(registry, "a_total").empty());
}

}  // namespace
}  // namespace salesflow::telemetry
