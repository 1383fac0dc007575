// The HTTP route of time series: GET /api/analytics/timeseries.
#pragma once

#include <vector>

#include "features/analytics/timeseries.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::analytics {

/// The handler refers to `reader`, which must outlive it.
std::vector<http::Route> timeseries_routes(TimeSeriesReader& reader);

}  // namespace salesflow::analytics
