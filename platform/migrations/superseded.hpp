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
  std::string answered_by;  // "public.idx_…", ours
  std::string why;          // "idx_… answers for it"
};

/// Those that the concurrent indexes of `migrations` answer, built or yet to be, judged by definition (answers_for);
/// and single-purpose leftovers whose columns are keys of ours and that were never used while the table's others were.
/// Use is counted up to the first `up` (salesflow.found_indexes): scans by our own work prove nothing. Never unique
/// ones, constraints, replica identities, clustered ones, or those of someone whose role we cannot take.
Result<std::vector<SupersededIndex>> find_superseded(Session& session, const std::vector<Migration>& migrations);
/// To be called before steps that build indexes run: the judgement is made again after them. An `up` without such steps
/// judges nothing, so that it changes nothing.
Result<void> reopen_judgement(Session& session);
/// The judged ones that stand beside a valid index of ours that answers them.
Result<std::vector<SupersededIndex>> judged_superseded(Session& session);
/// Judges, where that is open, and keeps the judgement; those to drop now. None before all of phase 1 is applied, or
/// with options.keep_superseded.
Result<std::vector<SupersededIndex>> superseded_now(Session& session, const Options& options,
                                                    const std::vector<Migration>& migrations, const Ledger& ledger);

/// Records and drops them concurrently; mended by the next run after a kill. Returns their names.
Result<std::vector<std::string>> drop_superseded(const Work& work, const std::vector<SupersededIndex>& indexes);

/// Builds those that are recorded again, with their comments. One that fails leaves nothing half-built.
Result<void> restore_superseded(const Work& work);

}  // namespace salesflow::migrations
