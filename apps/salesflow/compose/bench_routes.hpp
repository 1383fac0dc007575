// Two routes without a database, for comparing the middleware with nginx (script/bench events); off by default.
#pragma once

#include <vector>

#include "platform/http/toolkit/route.hpp"

namespace salesflow::apps {

/// GET /bench/200b and /bench/20kb: JSON of exactly 200 and 20,480 bytes.
std::vector<http::Route> bench_routes();

}  // namespace salesflow::apps
