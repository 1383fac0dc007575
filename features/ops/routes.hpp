// The HTTP routes of operators: background jobs.
#pragma once

#include <vector>

#include "features/ops/store.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::ops {

/// Handlers refer to `store`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Store& store);

}  // namespace salesflow::ops
