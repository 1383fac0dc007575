#include "features/analytics/chance.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesflow::analytics {
namespace {

TEST(Chance, WilsonIsThePublishedInterval) {
  // Newcombe 1998, table I, method 3.
  const auto some = wilson({81, 263});
  ASSERT_TRUE(some);
  EXPECT_NEAR(some->low, 0.2553, 0.0001);
  EXPECT_NEAR(some->high, 0.3662, 0.0001);
  const auto none = wilson({0, 20});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->low, 0);
  EXPECT_NEAR(none->high, 0.1611, 0.0001);
  EXPECT_FALSE(wilson({0, 0}));
}

TEST(Chance, DifferenceHasThePublishedInterval) {
  // Newcombe 1998, "Interval estimation for the difference between independent proportions", method 10.
  const auto found = compare({56, 70}, {48, 80});
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->value, 0.2, 1e-12);
  EXPECT_NEAR(found->bounds.low, 0.0524, 0.0001);
  EXPECT_NEAR(found->bounds.high, 0.3339, 0.0001);
  EXPECT_FALSE(found->is_exact);
  EXPECT_NEAR(found->p, 0.0080, 0.0001);
  EXPECT_TRUE(found->is_sure);
}

TEST(Chance, SmallCountsAreComparedByFishersTest) {
  // The lady who tastes tea.
  const auto tea = compare({3, 4}, {1, 4});
  ASSERT_TRUE(tea);
  EXPECT_TRUE(tea->is_exact);
  EXPECT_NEAR(tea->p, 0.4857, 0.0001);
  EXPECT_FALSE(tea->is_sure);
  const auto sure = compare({8, 8}, {0, 8});
  ASSERT_TRUE(sure);
  EXPECT_NEAR(sure->p, 2.0 / 12870, 1e-9);
  EXPECT_TRUE(sure->is_sure);
  const auto all = compare({5, 5}, {900, 900});
  ASSERT_TRUE(all);
  EXPECT_NEAR(all->p, 1, 1e-9);
}

RC_GTEST_PROP(Chance, IsTheSameFromBothSides, ()) {
  const auto tries_a = *rc::gen::inRange(1, 400), tries_b = *rc::gen::inRange(1, 400);
  const Share a{*rc::gen::inRange(0, tries_a + 1), tries_a}, b{*rc::gen::inRange(0, tries_b + 1), tries_b};
  const auto one = compare(a, b), other = compare(b, a);
  RC_ASSERT(one && other);
  RC_ASSERT(std::abs(one->value + other->value) < 1e-12);
  RC_ASSERT(std::abs(one->bounds.low + other->bounds.high) < 1e-12);
  RC_ASSERT(std::abs(one->p - other->p) < 1e-9);
  RC_ASSERT(one->p > 0 && one->p <= 1);
  RC_ASSERT(one->bounds.low <= one->value && one->value <= one->bounds.high);
  RC_ASSERT(one->bounds.low >= -1 && one->bounds.high <= 1);
}

}  // namespace
}  // namespace salesflow::analytics
