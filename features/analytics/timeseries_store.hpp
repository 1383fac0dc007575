// Where time series are read from.
#pragma once

#include <memory>

#include "features/analytics/timeseries.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

class TimeSeriesStore {
 public:
  virtual ~TimeSeriesStore() = default;
  /// One round trip. `query.group_by` is one of the metric's. Rows in the order of their buckets, the whole range last,
  /// which is the only one when the range is empty. Errors: invalid_argument when the zone is not known.
  virtual Task<Result<RowSet<SeriesRow>>> read_timeseries(RequestContext& request, SeriesQuery query, TimePoint at) = 0;
};

std::unique_ptr<TimeSeriesStore> make_pg_timeseries_store(postgres::Database& database);

}  // namespace salesflow::analytics
