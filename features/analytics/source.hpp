// Source: where analytics read their figures from. ANALYTICS_MODE, and `source` in each answer.
#pragma once

#include <boost/describe.hpp>

namespace salesflow::analytics {

enum class Source {
  live,  // summaries and what they do not hold yet: exact at this moment
  mv,    // the materialized views: as of their last refresh
  raw,   // every row counted: exact, and slow on large ranges
};
BOOST_DESCRIBE_ENUM(Source, live, mv, raw)

}  // namespace salesflow::analytics
