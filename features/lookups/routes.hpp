// The HTTP routes of values to choose from.
#pragma once

#include <vector>

#include "features/lookups/lookups.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::lookups {

/// Handlers refer to `lookups`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Lookups& lookups);

}  // namespace salesflow::lookups
