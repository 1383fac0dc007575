// Concurrent index builds that survive being killed: invalid leftovers are dropped and built again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/migrations/work.hpp"

namespace salesflow::migrations {

/// CREATE [UNIQUE] INDEX CONCURRENTLY name ON schema.table rest
struct IndexStatement {
  bool unique = false;
  std::string name, schema, table, rest;
  std::string qualified() const { return schema + "." + name; }
  std::string text(const std::string& as_name) const;
};
std::optional<IndexStatement> parse_create_index(const std::string& statement);
/// DROP INDEX CONCURRENTLY IF EXISTS schema.name → "schema.name"
std::optional<std::string> parse_drop_index(const std::string& statement);

/// Runs a concurrent statement under the build budget, telling its progress and whom it waits for. No lock timeout:
/// its locks stand in no reader's or writer's way, and it must outwait old transactions.
Answer run_concurrently(const Work& work, const std::string& sql);
/// The index as it is to be on this database: a column that is served as an expression (0099) becomes that expression
/// where it is a key or in the predicate, and stands plain in INCLUDE as well, so that index-only scans stay possible.
/// Unchanged on tables of ours, and before 0099.
IndexStatement as_served(Session& session, IndexStatement index);
/// Builds under `name`; an invalid leftover of that name goes first, one of a failed build goes last. Keeps a valid
/// index of that name, whatever it is.
Result<void> build_as(const Work& work, const IndexStatement& index, const std::string& name);
/// What build_index would do: build | keep | replace | rebuild (an invalid leftover). "build" where the table or a
/// column is still missing.
std::string index_action(Session& session, const IndexStatement& index);

/// Makes the index, or keeps what is there:
///   valid with the same definition: kept, and not ours to drop; invalid: dropped and rebuilt;
///   valid with another definition: ours is built under another name, swapped in, and the old DDL kept for `down`.
/// What it makes is recorded before it is built. A failed build's leftover is dropped again where possible.
Result<void> build_index(const Work& work, const IndexStatement& index);
/// Drops the index if SalesFlow made it and gives what it replaced its name back: as restore_replaced built it, or
/// built now.
Result<void> drop_index(const Work& work, const std::string& qualified);

/// Builds a found index again from its DDL, or keeps a valid one of that name. A failed build leaves nothing behind.
/// Errors: conflict where rows refuse it, naming --leave-off; else as run_concurrently.
Result<void> build_found(const Work& work, const std::string& name, const std::string& ddl);
/// Builds what the indexes of `versions` replaced, beside ours under other names, before anything is taken back: no
/// reader is without an index, and one that cannot be built leaves all as it was.
Result<void> restore_replaced(const Work& work, const std::vector<int>& versions);
/// Drops what restore_replaced built for a down that was not finished.
Result<void> drop_restoring(const Work& work);

}  // namespace salesflow::migrations
