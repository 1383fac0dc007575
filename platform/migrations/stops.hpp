// What is found and would stop `up`, its backfills or an adoption, in words: what, where, how to mend it.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/backfill_file.hpp"
#include "platform/migrations/migration_file.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

struct Stops {
  std::vector<std::string> stops;  // each to be mended before `up`
  std::vector<Finding> findings;   // what goes on, but not as before
};

/// Looks at found tables, their rows, constraints and triggers, and at names that files of ours take. The shapes of
/// columns are the trial's matter. Changes nothing: updates that found triggers might refuse are tried on up to 2,000
/// rows and rolled back. No text holds a value of a row.
Result<Stops> find_stops(Session& session, const std::vector<Migration>& migrations,
                         const std::vector<Backfill>& backfills);

/// What `up` cannot serve in the types of key columns, for when a trial stopped: "public.leads.user_id is text, …".
std::vector<std::string> unfit_types(Session& session, const std::vector<Migration>& migrations);

/// Why dropping objects is refused here ("event trigger no_drops …"), "" when it is not. `down` asks before it begins.
std::string refused_drops(Session& session);

}  // namespace salesflow::migrations
