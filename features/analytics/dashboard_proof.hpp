// The dashboard of which one in N live answers is counted again from single sessions (docs/decisions/0057).
#pragma once

#include "features/analytics/dashboard.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::analytics {

class ProvenDashboard {
 public:
  /// Both must outlive it, and what the prover has begun.
  ProvenDashboard(Dashboard& dashboard, proof::Prover& prover) : dashboard_(dashboard), prover_(prover) {}

  /// As Dashboard::read.
  Task<Result<DashboardReport>> read(RequestContext& request, DashboardQuery query, Source source);

 private:
  Dashboard& dashboard_;
  proof::Prover& prover_;
};

/// The live answer to `query`, and how it is counted again.
proof::Claim<DashboardReport> dashboard_claim(Dashboard& dashboard, const Identity& identity, DashboardQuery query);

}  // namespace salesflow::analytics
