// What is wrong with a period, for all routes that take one.
#include "features/analytics/period.hpp"

#include <gtest/gtest.h>

namespace salesflow::analytics {
namespace {

using std::chrono::days;

constexpr Date today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
constexpr TimePoint noon = TimePoint(today) + std::chrono::hours(12);

/// "" when nothing is wrong.
std::string field(std::optional<Date> from, std::optional<Date> to, std::string_view tz = "Europe/Vienna") {
  const auto refused = refuse_period(tz, from, to, noon);
  return refused ? refused->errors.front().field : "";
}

TEST(Period, EndsNotBeforeItBegins) {
  EXPECT_EQ(field({}, {}), "");
  EXPECT_EQ(field({}, today + days(900)), "") << "without from it is as long as days says";
  EXPECT_EQ(field(today, today), "");
  EXPECT_EQ(field(today, today - days(1)), "query.from");
  EXPECT_EQ(field(today + days(1), {}), "") << "where it is tomorrow already";
  EXPECT_EQ(field(today + days(2), {}), "query.from") << "nowhere";
}

TEST(Period, HasTwoYearsAtMost) {
  EXPECT_EQ(field(today - days(731), today), "") << "both ends belong to it: 732 days";
  EXPECT_EQ(field(today - days(732), today), "query.from");
  EXPECT_EQ(field(today - days(731), {}), "");
  EXPECT_EQ(field(today - days(732), {}), "query.from");
  EXPECT_EQ(field(today + days(10), today + days(10 + 731)), "");
}

TEST(Period, IsOfAZoneThatHasAName) {
  for (const char* tz : {"", "Mars; DROP TABLE", "+02:00", "Europe/Vienna'"})
    EXPECT_EQ(field(today, today, tz), "query.tz") << tz;
}

}  // namespace
}  // namespace salesflow::analytics
