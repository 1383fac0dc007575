// Where figures come from, and how old they are, as every analytics answer says it.
#pragma once

#include <algorithm>
#include <boost/describe.hpp>
#include <chrono>

#include "platform/core/time.hpp"

namespace salesflow {

/// Where figures are read from: ANALYTICS_MODE, and `source` in each answer.
enum class AnalyticsSource {
  live,  // kept figures and what they do not hold yet: exact at this moment
  mv,    // the materialized views: as of their last refresh
  raw,   // every row counted: exact, and slow on large ranges
};
BOOST_DESCRIBE_ENUM(AnalyticsSource, live, mv, raw)

struct FigureOrigin {
  TimePoint as_of;
  AnalyticsSource source = AnalyticsSource::live;
  double age_s = 0;     // how old the figures are
  bool cached = false;  // true for mv alone
};
BOOST_DESCRIBE_STRUCT(FigureOrigin, (), (as_of, source, age_s, cached))

/// Of figures read at `now`. refreshed_at counts for mv alone.
inline FigureOrigin origin_of(AnalyticsSource source, TimePoint now, TimePoint refreshed_at) {
  if (source != AnalyticsSource::mv)
    return {now, source, 0, false};
  const std::chrono::duration<double> age = now - std::min(refreshed_at, now);
  return {refreshed_at, source, age.count(), true};
}

}  // namespace salesflow
