// Applies and takes back migrations: the whole of `salesflow migrate` without its printing.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"
#include "platform/core/result.hpp"
#include "platform/migrations/backfill_file.hpp"
#include "platform/migrations/migration_file.hpp"

namespace salesflow::migrations {

/// One thing worth telling while it happens.
struct Progress {
  enum class Kind {
    started,   // a migration begins; index and total say which of how many
    finished,  // it is done; elapsed_ms
    waiting,   // for a lock or for another runner; text names who holds it
    building,  // an index or a backfill; fraction 0..1, text is the server's phase or the rows done
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

/// How hard a backfill may lean on a serving database.
struct BackfillLimits {
  int batch_rows = 2'000;
  double duty = 0.5;                                    // share of the time in which batches run; the rest is slept
  std::chrono::milliseconds lag_max{5'000};             // of any replica, in time …
  std::int64_t lag_bytes_max = 256LL * 1024 * 1024;     // … and in WAL
  double dead_share_max = 0.2;                          // dead rows of the table against its live ones …
  std::int64_t dead_rows_min = 10'000;                  // … from here on
  std::chrono::milliseconds replica_wait{30 * 60'000};  // for a replica, then `up` ends and can be repeated
  std::chrono::milliseconds vacuum_wait{5 * 60'000};    // for autovacuum in one backfill, then it goes on
  std::chrono::milliseconds tell_every{10'000};         // while it waits for that
  std::chrono::milliseconds quiet{5'000};               // others have done nothing for so long: nobody works
  std::chrono::milliseconds pause{1'000};               // between two looks
};

/// A role of the service and the password that it shall log in with; leaves this process as a verifier only.
struct RoleLogin {
  std::string role, password;
};

struct Options {
  std::string database_url;  // straight to PostgreSQL: a transaction pooler cannot hold the lock
  /// up: everything up to and with this phase or version ("base", "phase1", "0012"); "" = all.
  /// down: everything above it goes; "none" = all. "" is refused.
  std::string to;
  std::vector<Migration> migrations;               // embedded_migrations() when empty
  std::optional<std::vector<Backfill>> backfills;  // embedded_backfills() when absent
  std::string app_version = "dev";                 // written to the ledger
  bool keep_superseded = false;                    // leave found indexes that ours answer
  std::vector<RoleLogin> logins;                   // roles that up lets log in
  std::vector<std::string> leave_off;  // found indexes that down shall not build again, with or without their schema
  bool leave_off_unbuildable = false;  // nor those that rows of now refuse
  bool run_backfills = true;
  /// What plan tries on the found tables: all_statements() and all_statement_rows(). Empty: nothing is tried.
  std::span<const CatalogueEntry> statements;
  std::span<const StatementRows> statement_rows;
  BackfillLimits backfill_limits;
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

/// One backfill, now or before.
struct BackfillEntry {
  std::string name, table;
  std::string state;  // pending | running (interrupted, goes on where it was) | done
  std::int64_t looked = 0, changed = 0;
  std::int64_t rows = 0;  // of plan: to look at
  double seconds = 0;     // of plan: estimated, see estimate_note
};
/// A foreign key of ours that stays NOT VALID: it binds new rows, and these old ones break it.
struct BrokenForeignKey {
  std::string table, name, columns, target;
  std::int64_t rows = 0;
  bool capped = false;  // there are more
};
struct BackfillReport {
  std::vector<BackfillEntry> done;     // by this run
  std::vector<std::string> validated;  // "table name" of foreign keys
  std::vector<BrokenForeignKey> broken;
};

struct UpReport {
  std::vector<std::string> logins;      // roles that this run let log in
  std::vector<std::string> to_run;      // statements that let the others log in, for an administrator
  std::vector<Entry> applied;           // by this run
  int already = 0;                      // had been applied before
  std::vector<std::string> superseded;  // found indexes dropped by this run, restored by down
  BackfillReport backfills;
};
/// A found index that down does not build, or could not.
struct UnbuildableIndex {
  std::string name, table, ddl;   // CREATE INDEX CONCURRENTLY …
  std::string why;                // the server's words, or "left off as told"
  std::vector<std::string> rows;  // some of those that refuse it: "id 0190…"
  std::int64_t count = 0;         // of all
  bool table_gone = false;
};
struct DownReport {
  std::vector<Entry> undone;
  std::vector<UnbuildableIndex> left_off;
  bool ledger_removed = false;  // nothing of SalesFlow is left
};
struct StatusReport {
  std::string server_version;
  bool other_runner = false;  // one holds the lock now
  std::vector<Entry> entries;
};
/// One concurrent index build, estimated: see estimate_note.
struct IndexPlan {
  std::string migration, index, table;
  std::string action;  // build | keep | replace | rebuild
  std::int64_t rows = 0, bytes = 0;
  double seconds = 0;
};
/// What happens to something that the database holds or lacks.
struct Finding {
  std::string action;  // add | change | drop | keep
  std::string object;  // "table public.leads"
  std::string text;
};
/// A found column that statements of ours cannot serve as it is. Made by trying them on empty copies of the found
/// tables.
struct Misfit {
  std::string column;                   // "public.leads.awaiting_reply_since", "" when none can be blamed
  std::string type;                     // as found
  std::string text;                     // what happens: "answered as date in place of text", "may be NULL, …"
  std::vector<std::string> statements;  // "leads.list_leads"
};
struct PlanReport {
  std::vector<Entry> steps;            // what `up` would run, in order
  std::vector<std::string> obstacles;  // all of stops; long transactions, invalid indexes, a held lock
  std::vector<std::string> stops;      // of the obstacles: `up` would fail, or leave out rows, until they are mended
  std::vector<IndexPlan> indexes;
  std::string estimate_note;  // how size and time are estimated; "" without indexes and backfills
  std::vector<Finding> findings;
  std::vector<BackfillEntry> backfills;  // that would run
  std::vector<Misfit> misfits;
  int statements_tried = 0;  // 0: nothing was found that they could be tried on, or trial_note says why not
  std::string trial_note;

  /// All stops as one line.
  std::string stop() const {
    std::string text;
    for (const auto& one : stops)
      text += (text.empty() ? "" : "; ") + one;
    return text;
  }
  void add_stop(std::string text) {
    obstacles.push_back(text);
    stops.push_back(std::move(text));
  }
};
/// Rows that go with a table, or values that go with a column, when `down` takes it back.
struct Loss {
  std::string object;  // "table public.leads", "column public.leads.p_score_key"
  std::int64_t rows = 0;
  bool estimated = false;  // from statistics, because counting took too long
};
struct DownPlan {
  std::vector<Entry> steps;  // newest first
  std::vector<Loss> losses;
  std::vector<std::string> restored;          // replaced and superseded indexes that are built again
  std::vector<UnbuildableIndex> unbuildable;  // of these, where rows of now refuse it: down asks for a choice
  std::vector<Loss> set_back;                 // values that SalesFlow filled in found columns
  std::vector<std::string> dependents;        // objects of others that stop down until they are dropped or changed
  std::vector<std::string> obstacles;
  std::vector<std::string> stops;  // of the obstacles: down refuses

  bool refuses() const { return !unbuildable.empty() || !dependents.empty() || !stops.empty(); }
};
/// An object that is not as SalesFlow left it.
struct SchemaDifference {
  std::string kind, object;
  std::string what;  // missing | changed | unexpected | invalid
  std::string expected, found;
  std::string mend;  // the statement that mends it, where there is one
};
struct VerifyReport {
  std::string fingerprint;  // SHA-256 over what was made: equal in databases that started equal
  int objects = 0;          // compared
  std::vector<SchemaDifference> differences;
  std::vector<std::string> notes;  // pending migrations, foreign keys not validated
};

/// Brings the database to `to`. Takes the advisory lock (waits for another runner), refuses edited files, finishes an
/// interrupted migration. Each migration is all or nothing, or, with transaction: none, mended by the next run.
/// Errors: unavailable (unreachable, lock budget spent), invalid_argument (files, target, server too old),
/// conflict (edited file), forbidden (a privilege is missing; the text says which statement helps), internal.
Result<UpReport> up(const Options& options);
/// Takes back what stands above `to`, newest first; removes what SalesFlow made and nothing else. The data in tables
/// that SalesFlow made goes with them: ask before. Errors as up, and, before anything is changed, conflict where a down
/// file is missing, rows refuse a found index (see leave_off), or objects of others depend on what goes.
Result<DownReport> down(const Options& options);
/// What is applied, pending, interrupted or edited. Changes nothing and takes no lock.
Result<StatusReport> status(const Options& options);
/// What up would do, what stands in its way, and what it would do with what it finds. Changes nothing; its locks
/// stand in nobody's way.
Result<PlanReport> plan(const Options& options);
/// What down would take back, and how much data goes with it. Changes nothing.
Result<DownPlan> plan_down(const Options& options);
/// Compares what SalesFlow made, as recorded when it was made, with the catalogue of now. What others have beside is
/// no difference. Changes nothing and takes no lock.
Result<VerifyReport> verify(const Options& options);
/// Runs the backfills that are due (all of them by up, too), or the named one again from its start, then validates
/// foreign keys. Each batch is a transaction of its own; an interrupted backfill goes on where it was.
/// Errors: as up; invalid_argument for an unknown name, conflict when its migration is not applied.
Result<BackfillReport> backfill(const Options& options, const std::string& name = {});

}  // namespace salesflow::migrations
