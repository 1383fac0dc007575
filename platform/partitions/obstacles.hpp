// What stands in the way of a conversion, found before anything is changed.
#pragma once

#include <string>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/partitions/run.hpp"

namespace salesflow::partitions {

/// One sentence for each thing that partitions cannot have or that this login may not move. Empty: it can be done.
Result<std::vector<std::string>> find_obstacles(Session& session, const Names& names);
/// The same for rows: NULL in created_at, or at and past the boundary. One scan.
Result<std::vector<std::string>> find_stray_rows(Run& run, const std::string& boundary);

}  // namespace salesflow::partitions
