// How large an index becomes and how long its build takes, from statistics alone.
#pragma once

#include <string>

#include "platform/migrations/index_build.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// One sentence for people about the method and its error.
std::string estimate_note();
/// Zero rows where the table or a column of the predicate is still missing. Reads the catalogue; scans nothing.
IndexPlan estimate_index(Session& session, const IndexStatement& index);

/// Fills in how many rows a backfill has yet to look at, and how long that takes at `duty`.
void estimate_backfill(Session& session, double duty, BackfillEntry& backfill);

}  // namespace salesflow::migrations
