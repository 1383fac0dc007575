// ZoneDays: when the days of a time zone begin, for a stretch of years. No I/O.
#pragma once

#include <optional>
#include <vector>

#include "platform/core/time.hpp"

namespace salesflow::analytics {

class ZoneDays {
 public:
  /// Day first + i begins at begins[i]; the last entry only ends the day before it.
  ZoneDays(Date first, std::vector<TimePoint> begins) : first_(first), begins_(std::move(begins)) {}

  bool covers(Date first, Date last) const {
    return first >= first_ && last + std::chrono::days(1) < first_ + std::chrono::days(begins_.size());
  }
  /// Only for days that are covered, and the one behind.
  TimePoint begin_of(Date day) const { return begins_[static_cast<std::size_t>((day - first_).count())]; }
  /// The day at an instant; empty: outside.
  std::optional<Date> day_at(TimePoint at) const;

 private:
  Date first_;
  std::vector<TimePoint> begins_;
};

}  // namespace salesflow::analytics
