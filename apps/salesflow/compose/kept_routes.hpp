// Which routes' answers are kept, and how: one table.
#pragma once

#include <span>
#include <string_view>

namespace salesflow::apps {

struct KeptRoute {
  std::string_view operation, policy;
};

/// Sorted by operation. What is not in it is never kept: writes, single rows (a lead, a contact, a deal), what belongs
/// to an account, what changes while one looks (imports, jobs).
std::span<const KeptRoute> kept_routes();

/// The policy of an operation; "" when its answers are not kept.
std::string_view policy_of(std::string_view operation);

}  // namespace salesflow::apps
