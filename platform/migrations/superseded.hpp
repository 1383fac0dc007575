// Indexes of an adopted database that ours answer: dropped by up with their DDL kept, built again by down.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/work.hpp"

namespace salesflow::migrations {

/// A found index that up would drop, and why.
struct SupersededIndex {
  std::string name;   // "schema.name", quoted where it must be
  std::string table;  // "schema.table"
  std::string ddl, comment;
  std::string why;  // "idx_… answers for it"
};

/// Those that the concurrent indexes of `migrations` answer, judged by definition (answers_for); and single-purpose
/// leftovers whose columns are keys of ours and that were never used while the table's others were. Never unique ones,
/// constraints, replica identities, clustered ones, or those of someone whose role we cannot take.
/// `planned` counts indexes that are yet to be built, `standing` only those that are there and valid.
enum class Ours { planned, standing };
Result<std::vector<SupersededIndex>> find_superseded(Session& session, const std::vector<Migration>& migrations,
                                                     Ours which);
/// Those to drop now; none before all of phase 1 is applied, or with options.keep_superseded.
Result<std::vector<SupersededIndex>> superseded_now(Session& session, const Options& options,
                                                    const std::vector<Migration>& migrations, const Ledger& ledger);

/// Records and drops them concurrently; mended by the next run after a kill. Returns their names.
Result<std::vector<std::string>> drop_superseded(const Work& work, const std::vector<SupersededIndex>& indexes);

/// Names of what restore_superseded would build.
std::vector<std::string> recorded_superseded(Session& session);
/// Builds them again, with their comments.
Result<void> restore_superseded(const Work& work);

}  // namespace salesflow::migrations
