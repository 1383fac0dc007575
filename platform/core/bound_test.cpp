#include "platform/core/bound.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

TEST(Bound, IsTheRuleOfThreeWithoutAWrongOne) {
  EXPECT_EQ(bound_in_words(30'000, 0), "0 wrong in 30,000: at most 1 in 10,000 at 95 %");
  EXPECT_NEAR(wrong_share_max(30'000, 0), 3.0 / 30'000, 2e-7);
  EXPECT_NEAR(wrong_share_max(1, 0), 0.95, 1e-12);
  EXPECT_EQ(bound_in_words(0, 0), "nothing checked yet");
}

TEST(Bound, IsClopperAndPearsonsWithWrongOnes) {
  // Tables of the exact binomial interval, one-sided 95 %.
  EXPECT_NEAR(wrong_share_max(10, 1), 0.39416, 1e-5);
  EXPECT_NEAR(wrong_share_max(10, 5), 0.77756, 1e-5);
  EXPECT_NEAR(wrong_share_max(100, 2), 0.06162, 1e-5);
  EXPECT_EQ(bound_in_words(30'000, 2), "2 wrong in 30,000: at most 1 in 4,700 at 95 %");
  EXPECT_EQ(wrong_share_max(7, 7), 1);
  EXPECT_EQ(bound_in_words(7, 7), "7 wrong in 7: at most 1 in 1 at 95 %");
}

}  // namespace
}  // namespace salesflow
