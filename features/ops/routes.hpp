// The HTTP routes of operators: background jobs, changes, kept figures, where analytics read from, the cache.
#pragma once

#include <vector>

#include "features/ops/cache.hpp"
#include "features/ops/figures.hpp"
#include "features/ops/store.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::ops {

/// Handlers refer to stores and keys, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Store& store, FigureStore& figures);
std::vector<http::Route> cache_routes(CacheStore& store, CacheKeys& keys, std::vector<CachePolicy> policies);

}  // namespace salesflow::ops
