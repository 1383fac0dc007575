#include "platform/postgres/wal_clock.hpp"

#include <gtest/gtest.h>

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start = SteadyTime{} + 1h;

TEST(WalClock, KnowsNothingBeforeItsFirstSample) {
  const WalClock clock;
  EXPECT_FALSE(clock.position_after(start));
  EXPECT_FALSE(clock.reached(~0ULL));
}

TEST(WalClock, NeverTellsAnAgeTooSmall) {
  WalClock clock;
  clock.note(start, 1000);
  clock.note(start + 1s, 2000);
  EXPECT_EQ(clock.reached(999), std::nullopt);
  EXPECT_EQ(clock.reached(1000), start);
  EXPECT_EQ(clock.reached(1999), start);
  EXPECT_EQ(clock.reached(2000), start + 1s);
  EXPECT_EQ(clock.position_after(start - 1h), 1000u);
  EXPECT_EQ(clock.position_after(start), 1000u);
  EXPECT_EQ(clock.position_after(start + 1ms), 2000u);
  EXPECT_EQ(clock.position_after(start + 1001ms), std::nullopt);
}

TEST(WalClock, AServerThatWritesNothingIsReachedAnewWithEachSample) {
  WalClock clock;
  for (int i = 0; i < 4 * 3600; ++i)
    clock.note(start + i * 250ms, 1000);
  EXPECT_EQ(clock.reached(1000), start + (4 * 3600 - 1) * 250ms);
}

TEST(WalClock, IgnoresAnswersThatWereOvertaken) {
  WalClock clock;
  clock.note(start + 1s, 2000);
  clock.note(start, 1000);
  clock.note(start + 2s, 1500);
  EXPECT_EQ(clock.latest(), 2000u);
  EXPECT_EQ(clock.reached(1999), std::nullopt);
}

TEST(WalClock, ThinsOldSamplesAndStaysOnTheSafeSide) {
  WalClock clock;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i)
    clock.note(start + i * 1s, static_cast<std::uint64_t>(i));
  for (int i = 0; i < count; ++i) {
    const auto reached = clock.reached(static_cast<std::uint64_t>(i));
    ASSERT_TRUE(reached);
    EXPECT_LE(*reached, start + i * 1s);
    const auto position = clock.position_after(start + i * 1s);
    ASSERT_TRUE(position);
    EXPECT_GE(*position, static_cast<std::uint64_t>(i));
  }
  // The last minutes are as they were told.
  for (int i = count - 200; i < count; ++i)
    EXPECT_EQ(clock.reached(static_cast<std::uint64_t>(i)), start + i * 1s);
}

TEST(WalClock, AFullPageEndsInFrontOfTheNextPagesHeader) {
  EXPECT_EQ(end_of_wal(0x3000018), 0x3000018u - 24);
  EXPECT_EQ(end_of_wal(0x3000028), 0x3000000u);
  EXPECT_EQ(end_of_wal(0x3002018), 0x3002000u);
  EXPECT_EQ(end_of_wal(0x3002028), 0x3002028u);
  EXPECT_EQ(end_of_wal(0x3002100), 0x3002100u);
}

}  // namespace
}  // namespace salesflow::postgres
