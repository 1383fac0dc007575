// The HTTP routes of the approval queue and the unified inbox's actions (contract 2.12).
#pragma once

#include <vector>

#include "features/approvals/approvals.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::approvals {

/// Handlers refer to `approvals`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Approvals& approvals);

}  // namespace salesflow::approvals
