// What a run of the migrations means for people whom another login service knows.
#pragma once

#include <vector>

#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// How far auth.users can be reached, and the GRANT that is missing. Nothing without such a table.
Result<void> find_people(Session& session, const std::vector<Entry>& steps, std::vector<Finding>& findings);

}  // namespace salesflow::migrations
