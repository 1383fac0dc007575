#include "platform/runtime/coarse_timer.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

TEST(CoarseTimer, FiresNeverBeforeTheDeadlineAndWithinAFewTicks) {
  asio::io_context context;
  CoarseTimer timer(context);
  const auto deadline = SteadyClock::now() + 35ms;
  SteadyTime fired{};
  CoarseTimer::Entry entry([&] { fired = SteadyClock::now(); });
  timer.arm(entry, deadline);
  context.run();
  EXPECT_GE(fired, deadline);
  EXPECT_LT(fired, deadline + 1s) << "a loaded machine may be late, but not this late";
}

TEST(CoarseTimer, StaysSilentWhenDisarmedAndLetsTheContextEnd) {
  asio::io_context context;
  CoarseTimer timer(context);
  int calls = 0;
  CoarseTimer::Entry entry([&] { ++calls; });
  timer.arm(entry, SteadyClock::now() + 20ms);
  entry.disarm();
  context.run();
  EXPECT_EQ(calls, 0);
}

TEST(CoarseTimer, KeepsDeadlinesBeyondOneTurnOfTheWheelApart) {
  asio::io_context context;
  CoarseTimer timer(context);
  int calls = 0;
  CoarseTimer::Entry far([&] { ++calls; });
  CoarseTimer::Entry near([&] { far.disarm(); });
  // Same slot of the wheel (1,024 ticks of 10 ms apart), one turn later: only the near one may fire now.
  const auto base = SteadyClock::now() + 30ms;
  timer.arm(far, base + 10'240ms);
  timer.arm(near, base);
  context.run();
  EXPECT_EQ(calls, 0);
}

TEST(CoarseTimer, LetsACallbackDestroyItsEntryAndArmAnother) {
  asio::io_context context;
  CoarseTimer timer(context);
  int calls = 0;
  auto second = std::make_unique<CoarseTimer::Entry>([&] { ++calls; });
  std::unique_ptr<CoarseTimer::Entry> first;
  auto on_first = [&] {
    timer.arm(*second, SteadyClock::now() + 10ms);
    first.reset();
  };
  first = std::make_unique<CoarseTimer::Entry>(on_first);
  timer.arm(*first, SteadyClock::now());
  context.run();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace salesflow
