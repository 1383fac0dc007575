#include "features/analytics/zone_days.hpp"

#include <algorithm>

namespace salesflow::analytics {

std::optional<Date> ZoneDays::day_at(TimePoint at) const {
  const auto next = std::upper_bound(begins_.begin(), begins_.end(), at);
  if (next == begins_.begin() || next == begins_.end())
    return std::nullopt;
  return first_ + std::chrono::days(next - begins_.begin() - 1);
}

}  // namespace salesflow::analytics
