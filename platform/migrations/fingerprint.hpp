// What SalesFlow made in a database, object by object: recorded by each run, compared by verify.
#pragma once

#include "platform/migrations/ledger.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

enum class Direction { up, down };

/// Keeps the catalogue (schemas public and salesflow, our roles) as it stands before a run, unless an interrupted run
/// of the same direction left its own: then that one counts. Call after ensure_ledger, under the lock.
Result<void> begin_recording(Session& session, Direction direction);
/// What was added or changed since begin_recording is SalesFlow's from now on (up), or no longer, where it is gone or
/// as it was found (down). Call also after a failed run. What others add meanwhile is taken for ours.
Result<void> finish_recording(Session& session, Direction direction);

/// Compares the record with the catalogue; fills fingerprint, objects and differences of the report.
Result<void> compare_objects(Session& session, VerifyReport& report);

}  // namespace salesflow::migrations
