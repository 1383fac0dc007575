// The HTTP routes of operators: background jobs, changes, kept figures, where analytics read from.
#pragma once

#include <vector>

#include "features/ops/figures.hpp"
#include "features/ops/store.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::ops {

/// Handlers refer to both stores, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Store& store, FigureStore& figures);

}  // namespace salesflow::ops
