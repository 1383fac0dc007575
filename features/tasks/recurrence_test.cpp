#include "features/tasks/recurrence.hpp"

#include <gtest/gtest.h>

namespace salesflow::tasks {
namespace {

TimePoint at(const char* text) {
  return *parse_rfc3339(text);
}

struct Step {
  const char *rule, *due_at, *now, *next;
  const char* kept = nullptr;  // the successor's rule, when it differs
};

TEST(Recurrence, ComesBackAfterItsDayAndAfterNow) {
  const Step steps[] = {
      {"daily", "2026-03-28T09:30:00Z", "2026-03-28T10:00:00Z", "2026-03-29T09:30:00Z"},
      {"DAILY", "2026-03-28T09:30:00Z", "2026-03-20T10:00:00Z", "2026-03-29T09:30:00Z"},   // done early
      {"weekly", "2026-11-02T08:00:00Z", "2026-11-24T08:00:01Z", "2026-11-30T08:00:00Z"},  // three weeks late
      {"weekly", "2026-11-02T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z"},  // never now, always later
      {"FREQ=WEEKLY;INTERVAL=2", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00Z", "2026-11-16T08:00:00Z"},
      {"RRULE:FREQ=DAILY;INTERVAL=10", "2020-02-20T00:00:00Z", "2026-11-23T12:00:00Z", "2026-11-25T00:00:00Z"},
      {"monthly", "2026-01-15T08:00:00Z", "2026-01-15T08:00:00Z", "2026-02-15T08:00:00Z"},
      {"monthly", "2026-01-31T08:00:00Z", "2026-01-31T09:00:00Z", "2026-02-28T08:00:00Z", "FREQ=MONTHLY;BYMONTHDAY=31"},
      {"FREQ=MONTHLY;BYMONTHDAY=31", "2026-02-28T08:00:00Z", "2026-02-28T09:00:00Z", "2026-03-31T08:00:00Z"},
      {"freq=monthly;interval=12", "2024-02-29T08:00:00Z", "2024-03-01T00:00:00Z", "2025-02-28T08:00:00Z",
       "freq=monthly;interval=12;BYMONTHDAY=29"},
      {"FREQ=MONTHLY;INTERVAL=3", "2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z", "2027-03-31T23:59:59Z"},
      {"monthly", "2020-01-15T08:00:00Z", "2026-11-23T12:00:00Z", "2026-12-15T08:00:00Z"},  // forgotten for years
      {"FREQ=DAILY;UNTIL=20261124", "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z", "2026-11-24T08:00:00Z"},
      {"FREQ=DAILY;UNTIL=20261124T080000Z", "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z", "2026-11-24T08:00:00Z"},
  };
  for (const Step& step : steps) {
    SCOPED_TRACE(std::string(step.rule) + " " + step.due_at);
    const auto next = successor_of(step.rule, at(step.due_at), at(step.now));
    ASSERT_TRUE(next);
    EXPECT_EQ(format_rfc3339(next->due_at), format_rfc3339(at(step.next)));
    EXPECT_EQ(next->rule, step.kept ? step.kept : step.rule);
  }
}

TEST(Recurrence, EndsWithItsLastDay) {
  EXPECT_FALSE(successor_of("FREQ=DAILY;UNTIL=20261123", at("2026-11-23T08:00:00Z"), at("2026-11-23T09:00:00Z")));
  EXPECT_FALSE(
      successor_of("FREQ=DAILY;UNTIL=20261124T075959Z", at("2026-11-23T08:00:00Z"), at("2026-11-23T09:00:00Z")));
  EXPECT_FALSE(successor_of("whenever", at("2026-11-23T08:00:00Z"), at("2026-11-23T09:00:00Z")));
  EXPECT_FALSE(successor_of("daily", time_infinity, at("2026-11-23T09:00:00Z")));
  EXPECT_FALSE(successor_of("daily", time_minus_infinity, at("2026-11-23T09:00:00Z")));
}

TEST(Recurrence, WhatIsNotUnderstoodIsRefusedByName) {
  for (const char* rule :
       {"", "yearly", "FREQ=YEARLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=366", "FREQ=DAILY;INTERVAL=1e3",
        "INTERVAL=2", "FREQ=DAILY;", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;BYMONTHDAY=3", "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=DAILY;UNTIL=2026-12-31", "FREQ=DAILY;UNTIL=20261301", "FREQ=DAILY FREQ=WEEKLY", ";", "\xC3\xA4"}) {
    const auto parsed = parse_recurrence(rule);
    ASSERT_TRUE(parsed.has_error()) << rule;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    ASSERT_EQ(parsed.error().errors.size(), 1u);
    EXPECT_EQ(parsed.error().errors[0].field, "recurrence_rule");
  }
}

}  // namespace
}  // namespace salesflow::tasks
