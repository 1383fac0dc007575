#include "features/analytics/period.hpp"

#include "platform/core/time_zone.hpp"

namespace salesflow::analytics {

using std::chrono::days;

std::optional<Error> refuse_period(std::string_view tz, std::optional<Date> from, std::optional<Date> to,
                                   TimePoint now) {
  if (!looks_like_time_zone(tz))
    return unknown_time_zone();
  if (!from)
    return std::nullopt;
  // Without `to` the period ends today, which may be tomorrow's date in the zone.
  const days slack(to ? 0 : 1);
  const Date last = to.value_or(std::chrono::floor<days>(now) + slack);
  if (*from > last)
    return empty_period();
  if (last - *from >= days(period_days_max) + slack)
    return too_long_period();
  return std::nullopt;
}

Error empty_period() {
  return fail(Errc::invalid_argument, "from must not be after to", "query.from");
}

Error too_long_period() {
  return fail(Errc::invalid_argument, "from to to must not be more than " + std::to_string(period_days_max) + " days",
              "query.from");
}

}  // namespace salesflow::analytics
