// Materialized views cannot be bound to another table: each is built anew beside the old one and takes its place.
#pragma once

#include <string>
#include <vector>

#include "platform/partitions/run.hpp"

namespace salesflow::partitions {

/// Materialized views that still read `stale` (a relation), directly or over another such view; and leftovers.
Result<std::vector<std::string>> pending_views(Session& session, const std::string& stale);
/// Builds each of them anew under its own name with its indexes, grants and comments, and lets views and policies over
/// them follow. Readers go on all the while. What an interrupted call left is finished or built again.
Result<void> rebind_views(Run& run, const std::string& stale);

}  // namespace salesflow::partitions
