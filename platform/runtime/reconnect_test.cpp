#include "platform/runtime/reconnect.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace salesflow {
namespace {

using namespace std::chrono_literals;

struct FakeConnection {
  int number = 0, flying = 0;
  bool open = true, congested = false, corked = false;
  bool is_open() const { return open; }
  bool is_congested() const { return congested; }
  bool is_corked() const { return corked; }
  int in_flight() const { return flying; }
};
struct FakeSeat {
  std::shared_ptr<FakeConnection> connection;
};

/// The number of the connection that is chosen; 0: none.
int chosen(std::vector<FakeConnection> all, bool joins = true) {
  std::vector<FakeSeat> seats(1);  // one that is not connected
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].number = static_cast<int>(i) + 1;
    seats.push_back({std::make_shared<FakeConnection>(all[i])});
  }
  const auto* connection = choose_connection(
      seats, 4, [](const FakeConnection& one) { return one.flying != 3; },
      [&](const FakeConnection&) { return joins; });
  return connection ? connection->number : 0;
}

TEST(ChooseConnection, TakesTheOneWithTheFewestInFlight) {
  EXPECT_EQ(chosen({{.flying = 2}, {.flying = 1}, {.flying = 1}}), 2);
  EXPECT_EQ(chosen({{.open = false}, {.congested = true}, {.flying = 2}}), 3);
  EXPECT_EQ(chosen({{.flying = 3}}), 0) << "not ready";
  EXPECT_EQ(chosen({{.flying = 4}, {.flying = 5}}), 0) << "no room";
  EXPECT_EQ(chosen({}), 0);
}

TEST(ChooseConnection, JoinsACorkedOneThatHasRoom) {
  EXPECT_EQ(chosen({{.flying = 0}, {.flying = 2, .corked = true}}), 2);
  EXPECT_EQ(chosen({{.flying = 0}, {.flying = 2, .corked = true}}, false), 1);
  EXPECT_EQ(chosen({{.flying = 1}, {.flying = 4, .corked = true}}), 1);
}

TEST(ReconnectPause, DoublesToItsMaximumHalfByChance) {
  std::minstd_rand random(7);
  auto least = std::chrono::microseconds::max(), most = std::chrono::microseconds::zero();
  for (int i = 0; i < 200; ++i) {
    const auto pause = reconnect_pause(50ms, 2s, 2, random);
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  EXPECT_GE(least, 100ms);
  EXPECT_LE(most, 200ms);
  EXPECT_GT(most - least, 80ms);
  EXPECT_GE(reconnect_pause(50ms, 2s, 1'000'000, random), 1s);
  EXPECT_LE(reconnect_pause(50ms, 2s, 1'000'000, random), 2s);
}

}  // namespace
}  // namespace salesflow
