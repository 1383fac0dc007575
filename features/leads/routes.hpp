// Leads over HTTP (contract 2.11), the list of verifications, hot leads (2.3) and figures of leads (2.4).
#pragma once

#include <functional>
#include <vector>

#include "features/leads/leads.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::proof {
class Prover;
}

namespace salesflow::leads {

/// `source` is asked by each request for hot leads where these come from; none: live. `prover`, which must outlive them
/// as `leads` must, holds some live ones against the tables; null: none.
std::vector<http::Route> routes(Leads& leads, Clock clock = system_now,
                                std::function<AnalyticsSource()> source = nullptr, proof::Prover* prover = nullptr);

}  // namespace salesflow::leads
