// Conflicts: what was found and cannot stand beside what `up` makes.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/migration_file.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

struct Conflicts {
  /// Stop `up` before it changes anything: tables of others under names that SalesFlow needs, and triggers on found
  /// tables that copy whole rows (NEW.*), which would refuse every write once the table has more columns.
  std::vector<std::string> stops;
  /// Functions of others that would fail when they are called, for the same reason.
  std::vector<std::string> breaks;
};

/// In words, each with what to do. Whole rows are looked for in the functions' text; `first_up`: nothing was applied
/// yet (later the tables have their columns, and what copies them was written for these).
Result<Conflicts> find_conflicts(Session& session, const std::vector<Migration>& migrations, bool first_up);

/// Errors: conflict naming all that stops `up`.
Result<void> refuse_conflicts(Session& session, const std::vector<Migration>& migrations, bool first_up);

}  // namespace salesflow::migrations
