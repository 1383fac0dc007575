#include "bench/paced_load.hpp"

#include <gtest/gtest.h>

namespace salesflow::bench {
namespace {

using namespace std::chrono_literals;

TEST(PacedLoad, AStallShowsInEveryRequestThatItHeldUp) {
  PacedLoad load;
  int number = 0;
  const auto from = PacedLoad::Clock::now();
  load.start(100, [&number] {
    if (++number == 3)
      std::this_thread::sleep_for(200ms);
    return number == 5 ? std::string("refused") : std::string();
  });
  std::this_thread::sleep_for(600ms);
  load.stop();
  const auto summary = load.summarize(from, PacedLoad::Clock::now());
  EXPECT_GE(summary.requests, 30u) << "what was late is made up for";
  EXPECT_EQ(summary.failed, 1u);
  EXPECT_GE(summary.longest_ms, 200);
  EXPECT_GE(summary.p95_ms, 100) << "the stall of 200 ms made twenty requests late";
  EXPECT_EQ(load.describe_failures(), std::vector<std::string>{"refused"});
  EXPECT_EQ(load.summarize(from - 2s, from - 1s).requests, 0u);
}

}  // namespace
}  // namespace salesflow::bench
