// The HTTP routes of scores (contract 2.3 and 2.4): /api/analytics and /api/lead-generation.
#pragma once

#include <vector>

#include "features/scoring/scoring.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::scoring {

/// Handlers refer to `scoring`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Scoring& scoring);

}  // namespace salesflow::scoring
