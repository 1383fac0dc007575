// When a recurring task comes back: a small part of RFC 5545's recurrence rules, in UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow::tasks {

/// daily, weekly, monthly; or RRULE text (with or without "RRULE:") of FREQ=DAILY|WEEKLY|MONTHLY, INTERVAL=1..365,
/// UNTIL=a date or instant, and with MONTHLY BYMONTHDAY=1..31.
struct Recurrence {
  enum class Unit { day, week, month } unit = Unit::day;
  int interval = 1;
  int month_day = 0;                // 0: the day of the month that the task is due on
  TimePoint until = time_infinity;  // the last instant it may be due at
};

/// Errors: invalid_argument naming recurrence_rule and the part that is not understood.
Result<Recurrence> parse_recurrence(std::string_view text);

/// What follows a task.
struct Successor {
  TimePoint due_at;
  std::string rule;  // the same, but that a day a short month lacks is kept for the longer ones (BYMONTHDAY)
};

/// The first instant of the rule's series after both `due_at` and `now`, at the same time of day; a month without the
/// day gives its last one. Empty when the series is over.
std::optional<Successor> successor_of(std::string_view rule, TimePoint due_at, TimePoint now);

}  // namespace salesflow::tasks
