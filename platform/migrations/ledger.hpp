// The ledger salesflow.schema_migrations and the advisory lock: who migrates, and what has been done.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// One row of the ledger.
struct LedgerRow {
  int version = 0;
  std::string name, phase, checksum;
  bool running = false;  // a migration without transaction that has not finished
  std::string applied_at;
  std::int64_t duration_ms = 0;
};
using Ledger = std::map<int, LedgerRow>;

/// The Error for a refused statement: privileges are forbidden, locks and lost connections unavailable, else internal.
Error to_error(const SqlError& error, const std::string& doing);

/// Takes the session-level lock of this database, waiting for another runner up to options.runner_wait and naming it.
/// The lock lives as long as the session, also while an orphaned statement of a killed runner still runs.
Result<void> take_lock(Session& session, const Options& options);
/// True when some session of this database holds it.
bool lock_is_held(Session& session);

/// Makes schema salesflow and the ledger when they are missing; refuses a schema of that name with other contents.
Result<void> ensure_ledger(Session& session);
/// Removes ledger and schema, if SalesFlow made the schema. Call when no row is left.
Result<void> remove_ledger(Session& session);
/// Empty when the database has none.
Result<Ledger> read_ledger(Session& session);
Answer write_ledger(Session& session, const Migration& migration, bool running, std::int64_t duration_ms,
                    const std::string& app_version);
Answer erase_ledger(Session& session, int version);

/// "pid 123 (user x, application y, idle in transaction for 12 s): SELECT …" for each session in the way of `pid`.
std::string describe_blockers(Session& monitor, int pid);

}  // namespace salesflow::migrations
