// Found indexes that down builds again: which they are, whether the rows of now let it, and the choice to leave some
// off.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/work.hpp"

namespace salesflow::migrations {

/// A found index that up dropped (superseded) or replaced by ours of the same name.
struct RestorableIndex {
  std::string name;  // "schema.name", quoted where it must be
  std::string ddl;   // CREATE [UNIQUE] INDEX CONCURRENTLY …
};
/// Those that taking back `steps` builds again, superseded ones first.
Result<std::vector<RestorableIndex>> restorable_indexes(Session& session, const std::vector<const Migration*>& steps);

/// Which of them the database of now refuses: each row is tried that is long enough to be refused, a unique index also
/// on equal rows, an expression on every row. Exact but for rows written later. Changes nothing: an empty copy of the
/// table's shape is made and rolled back. Cost: one read of each table.
Result<std::vector<UnbuildableIndex>> find_unbuildable(Session& session, const std::vector<RestorableIndex>& indexes);

/// The indexes that down leaves off, by options.leave_off and options.leave_off_unbuildable; those whose table is gone
/// always. Errors: conflict naming each index that cannot be built, its rows, and the choice; invalid_argument where
/// leave_off names none of them. Changes nothing.
Result<std::vector<UnbuildableIndex>> choose_left_off(Session& session, const Options& options,
                                                      const std::vector<const Migration*>& steps);
/// Records that these stay off: down builds them no more, verify says so as long as SalesFlow is there.
Result<void> leave_off(const Work& work, const std::vector<UnbuildableIndex>& indexes);
/// What leave_off recorded, as DDL.
std::vector<std::string> left_off_indexes(Session& session);

}  // namespace salesflow::migrations
