// Routes of the learning dashboard and of feedback (contract 2.5).
#pragma once

#include <atomic>
#include <vector>

#include "features/analytics/source.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::analytics {

class ProvenDashboard;
class FeedbackUseCase;

/// All must outlive the routes. `mode` may change while they serve.
std::vector<http::Route> dashboard_routes(ProvenDashboard& dashboard, FeedbackUseCase& feedback,
                                          const std::atomic<Source>& mode);

}  // namespace salesflow::analytics
