// The HTTP routes of deals (contract 2.8) under /api/deals.
#pragma once

#include <vector>

#include "features/deals/deals.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::deals {

/// Handlers refer to `deals`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Deals& deals);

}  // namespace salesflow::deals
