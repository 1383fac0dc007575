// Running backfills: small transactions, throttled, resumable, waiting for replicas and vacuum.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/ledger.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// options.backfills, or the binary's own.
Result<std::vector<Backfill>> backfills_of(const Options& options);
/// Those whose migration is applied (or, with `planned`, would be) and that are not done with this file's contents.
Result<std::vector<BackfillEntry>> due_backfills(Session& session, const std::vector<Backfill>& backfills,
                                                 const Ledger& ledger, const std::vector<Entry>& planned = {});
/// Runs those that are due, or the named one again from its start; then validates foreign keys, if any ran or
/// `validate`.
Result<void> run_backfills(Session& session, const Options& options, const Ledger& ledger, const std::string& name,
                           bool validate, BackfillReport& report);
/// Forgets how far the backfills of migrations above `version` came.
Result<void> forget_backfills(Session& session, int version);

/// Validates our NOT VALID foreign keys that no row breaks; counts the rows that break the others (up to 10,000).
Result<void> validate_foreign_keys(Session& session, const Options& options, BackfillReport& report);
/// The names of our foreign keys that are NOT VALID.
std::vector<std::string> unvalidated_foreign_keys(Session& session);

}  // namespace salesflow::migrations
