// The HTTP routes of webhooks (contract 2.2) under /api/webhooks.
#pragma once

#include <vector>

#include "features/webhooks/webhooks.hpp"
#include "platform/http/toolkit/rate_limiter.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::webhooks {

/// Handlers refer to `webhooks` and `limiter` (shared by all threads), which must outlive them; one set a worker
/// thread.
std::vector<http::Route> routes(Webhooks& webhooks, http::RateLimiter& limiter);

}  // namespace salesflow::webhooks
