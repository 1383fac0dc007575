// The HTTP routes of operators: background jobs, changes, kept figures, where analytics read from, the cache; how fast
// routes and statements are, slow requests, plans, indexes.
#pragma once

#include <vector>

#include "features/ops/cache.hpp"
#include "features/ops/figures.hpp"
#include "features/ops/plan_watch.hpp"
#include "features/ops/rights.hpp"
#include "features/ops/slow_log.hpp"
#include "features/ops/speed.hpp"
#include "features/ops/store.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::ops {

/// Handlers refer to stores and keys, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(RightStore& rights, Store& store, FigureStore& figures);
std::vector<http::Route> cache_routes(RightStore& rights, CacheStore& store, CacheKeys& keys,
                                      std::vector<CachePolicy> policies);
std::vector<http::Route> speed_routes(RightStore& rights, SpeedStore& store, Measurements& measured, SlowLog& slow,
                                      PlanWatch& plans);

}  // namespace salesflow::ops
