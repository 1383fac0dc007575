// Indexes that slow statements would like, held against the planner where HypoPG can.
#pragma once

#include <vector>

#include "platform/doctor/look.hpp"

namespace salesflow::doctor {

/// One finding for each index that is proposed: warning where the planner was asked (HypoPG) and would take it, info
/// where that could not be tried. What the planner would not take, or what is there already, is no finding.
/// Never runs or plans a foreign statement: what is planned is made of names of the catalogue (docs/decisions/0072).
Result<std::vector<Finding>> find_missing_indexes(Look& look, bool has_hypopg);

/// Columns by which tenants are told apart in what statistics say, against what is there: counted by one descent of an
/// index a tenant, 20,000 at most.
Result<std::vector<Finding>> find_wrong_distinct(Look& look);

}  // namespace salesflow::doctor
