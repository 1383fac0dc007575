// Rows of later months go back into the plain table, batch by batch, while it is read and written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/partitions/run.hpp"

namespace salesflow::partitions {

/// Tables that still hold rows of the reverted table (its inheritance children).
Result<std::vector<std::string>> pending_rows(Session& session, const Names& names);
/// Moves all of them and drops the emptied tables; returns how many rows. A batch blocks writers, never readers, for
/// about options.batch_budget; a row is in exactly one place at every instant; triggers do not fire.
/// Errors: conflict (an id exists twice, named), unavailable, internal.
Result<std::int64_t> move_rows(Run& run);

}  // namespace salesflow::partitions
