// Applies and takes back migrations: the whole of `salesflow migrate` without its printing.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/migrations/migration_file.hpp"

namespace salesflow::migrations {

/// One thing worth telling while it happens.
struct Progress {
  enum class Kind {
    started,   // a migration begins; index and total say which of how many
    finished,  // it is done; elapsed_ms
    waiting,   // for a lock or for another runner; text names who holds it
    building,  // an index; fraction 0..1, text is the server's phase
    note,      // the server's notice, or what was kept or dropped
  };
  Kind kind = Kind::note;
  std::string migration;  // "0003_base_accounts", "" when none is meant
  int index = 0, total = 0;
  double fraction = 0;
  std::string text;
  std::int64_t elapsed_ms = 0;
};
using ProgressFunction = std::function<void(const Progress&)>;

struct Options {
  std::string database_url;  // straight to PostgreSQL: a transaction pooler cannot hold the lock
  /// up: everything up to and with this phase or version ("base", "phase1", "0012"); "" = all.
  /// down: everything above it goes; "none" = all. "" is refused.
  std::string to;
  std::vector<Migration> migrations;  // embedded_migrations() when empty
  std::string app_version = "dev";    // written to the ledger
  ProgressFunction progress;

  std::chrono::seconds connect_timeout{10};
  std::chrono::milliseconds lock_timeout{2'000};          // longest stall that one attempt may cause
  std::chrono::milliseconds lock_budget{60'000};          // all attempts for one migration together
  std::chrono::milliseconds statement_budget{60'000};     // one statement that is no index build
  std::chrono::milliseconds build_budget{4 * 3'600'000};  // one concurrent index build, its waits included
  std::chrono::milliseconds runner_wait{600'000};         // for another runner
};

/// One migration as the ledger and the files know it.
struct Entry {
  int version = 0;
  std::string name;
  std::string phase;
  /// pending | applied | running (interrupted: `up` finishes it) | edited (file differs) | unknown (no such file here)
  std::string state;
  std::string applied_at;  // RFC 3339, "" when pending
  std::int64_t duration_ms = 0;
  bool transactional = true;
  std::string lock, why;
};

struct UpReport {
  std::vector<Entry> applied;  // by this run
  int already = 0;             // had been applied before
};
struct DownReport {
  std::vector<Entry> undone;
  bool ledger_removed = false;  // nothing of SalesFlow is left
};
struct StatusReport {
  std::string server_version;
  bool other_runner = false;  // one holds the lock now
  std::vector<Entry> entries;
};
struct PlanReport {
  std::vector<Entry> steps;            // what `up` would run, in order
  std::vector<std::string> obstacles;  // long transactions, invalid indexes, a held lock
};

/// Brings the database to `to`. Takes the advisory lock (waits for another runner), refuses edited files, finishes an
/// interrupted migration. Each migration is all or nothing, or, with transaction: none, mended by the next run.
/// Errors: unavailable (unreachable, lock budget spent), invalid_argument (files, target, server too old),
/// conflict (edited file), forbidden (a privilege is missing; the text says which statement helps), internal.
Result<UpReport> up(const Options& options);
/// Takes back what stands above `to`, newest first; removes what SalesFlow made and nothing else. The data in tables
/// that SalesFlow made goes with them: ask before. Errors as up, and conflict where a down file is missing.
Result<DownReport> down(const Options& options);
/// What is applied, pending, interrupted or edited. Changes nothing and takes no lock.
Result<StatusReport> status(const Options& options);
/// What up would do and what stands in its way. Changes nothing and takes no lock.
Result<PlanReport> plan(const Options& options);

}  // namespace salesflow::migrations
