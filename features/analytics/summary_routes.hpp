// The route of a user's figures.
#pragma once

#include <vector>

#include "features/analytics/summary.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::analytics {

std::vector<http::Route> summary_routes(Summary& summary, Clock clock = system_now);

}  // namespace salesflow::analytics
