// The HTTP routes of deals (contract 2.8) under /api/deals.
#pragma once

#include <vector>

#include "features/deals/deals.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::proof {
class Prover;
}

namespace salesflow::deals {

/// Handlers refer to `deals`, which must outlive them; one set a worker thread. So must `prover`, which holds some sums
/// against single deals; null: none.
std::vector<http::Route> routes(Deals& deals, proof::Prover* prover = nullptr);

}  // namespace salesflow::deals
