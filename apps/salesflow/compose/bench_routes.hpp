// Routes for benchmarks, off by default: two without a database, for comparing the middleware with nginx (script/bench
// events), and the read of a rival (script/bench analytics).
#pragma once

#include <vector>

#include "platform/http/toolkit/route.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

/// GET /bench/200b and /bench/20kb: JSON of exactly 200 and 20,480 bytes.
/// GET /bench/strategy-dashboard: the strategy's own materialized view, one row a tenant and day, which the bench makes
/// as public.strategy_sessions_daily; the last 30 days of the organisation.
std::vector<http::Route> bench_routes(postgres::Database& app_db);

}  // namespace salesflow::apps
