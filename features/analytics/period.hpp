// The days of a time zone that figures are asked for, as all routes of figures take them.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/bounded.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow::analytics {

/// Two years, whichever day they begin on.
inline constexpr std::int32_t period_days_max = 732;

/// `days` up to `to` (today in the zone), or from `from` on. Both ends are whole days of the zone and belong to it.
struct PeriodParameters {
  std::optional<Date> from, to;
  Ranged<std::int32_t, 1, period_days_max> days = 30;
  std::string tz = "UTC";  // an IANA name: whose days these are
};
BOOST_DESCRIBE_STRUCT(PeriodParameters, (), (from, to, days, tz))

/// What can be said before PostgreSQL is asked, which alone knows zones and their today. Empty: nothing is wrong.
/// Errors: invalid_argument naming query.tz (what is no name of a zone) or query.from (after `to`, or after today
/// anywhere on earth; more than period_days_max days).
std::optional<Error> refuse_period(std::string_view tz, std::optional<Date> from, std::optional<Date> to,
                                   TimePoint now);
/// The same two errors for what PostgreSQL finds.
Error empty_period();
Error too_long_period();

}  // namespace salesflow::analytics
