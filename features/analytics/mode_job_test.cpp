// Where analytics read from follows the operator on every node.
#include <gtest/gtest.h>

#include "features/analytics/jobs.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;

TimePoint now;
TimePoint read_now() {
  return now;
}

struct FakeModes : ModeStore {
  Task<Result<Mode>> read_mode(RequestContext&) override {
    if (is_down)
      co_return fail(Errc::unavailable, "down");
    co_return row;
  }
  Task<Result<void>> want_views(RequestContext&) override {
    ++wanted;
    row.views_wanted_until = now + 90s;
    co_return Result<void>();
  }
  Mode row{std::nullopt, time_minus_infinity};
  bool is_down = false;
  int wanted = 0;
};

struct FollowMode : testing::Test {
  FollowMode() { now = {}; }
  bool run(ModeSettings settings) {
    const auto job = follow_mode_job(store, mode, settings, read_now);
    RequestContext request;
    return test::run_task(job.run_once(request)).has_value();
  }
  FakeModes store;
  std::atomic<Source> mode{Source::live};
};

TEST_F(FollowMode, TakesTheOperatorsWordAndReturnsToItsOwnSetting) {
  store.row.mode = Source::raw;
  EXPECT_TRUE(run({Source::live, false}));
  EXPECT_EQ(mode, Source::raw);
  store.is_down = true;
  EXPECT_FALSE(run({Source::live, false}));
  EXPECT_EQ(mode, Source::raw) << "without an answer all stays as it is";
  store.is_down = false;
  store.row.mode.reset();
  EXPECT_TRUE(run({Source::live, false}));
  EXPECT_EQ(mode, Source::live);
  EXPECT_EQ(store.wanted, 0) << "nobody reads the views";
}

TEST_F(FollowMode, SaysEveryHalfMinuteThatItNeedsTheViews) {
  EXPECT_TRUE(run({Source::mv, false}));
  EXPECT_EQ(mode, Source::mv);
  EXPECT_EQ(store.wanted, 1);
  now += 29s;
  EXPECT_TRUE(run({Source::mv, false}));
  EXPECT_EQ(store.wanted, 1);
  now += 2s;
  EXPECT_TRUE(run({Source::mv, false}));
  EXPECT_EQ(store.wanted, 2);
  now += 60s;
  store.row.mode = Source::live;
  EXPECT_TRUE(run({Source::mv, false}));
  EXPECT_EQ(store.wanted, 2) << "switched away from them";
  EXPECT_TRUE(run({Source::live, true}));
  EXPECT_EQ(store.wanted, 3) << "an operator wants them whoever reads them";
}

}  // namespace
}  // namespace salesflow::analytics
