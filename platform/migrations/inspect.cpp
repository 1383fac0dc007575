// status and verify: looking without touching.
#include <fmt/format.h>

#include <algorithm>

#include "platform/migrations/backfill.hpp"
#include "platform/migrations/fingerprint.hpp"
#include "platform/migrations/invalid_indexes.hpp"
#include "platform/migrations/restored_indexes.hpp"
#include "platform/migrations/selection.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

Result<StatusReport> status(const Options& options) {
  auto migrations = migrations_of(options);
  if (!migrations)
    return migrations.error();
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session)
    return session.error();
  auto ledger = read_ledger(*session);
  if (!ledger)
    return ledger.error();
  StatusReport report;
  report.server_version = session->run("SHOW server_version").value();
  report.other_runner = lock_is_held(*session);
  for (const auto& migration : *migrations) {
    Entry entry = entry_of(migration, state_of(migration, *ledger));
    if (const auto row = ledger->find(migration.version); row != ledger->end()) {
      entry.applied_at = row->second.applied_at;
      entry.duration_ms = row->second.duration_ms;
      ledger->erase(row);
    }
    report.entries.push_back(std::move(entry));
  }
  for (const auto& [version, row] : *ledger) {
    Entry entry;
    entry.version = version;
    entry.name = row.name;
    entry.phase = row.phase;
    entry.state = "unknown";
    entry.applied_at = row.applied_at;
    entry.duration_ms = row.duration_ms;
    report.entries.push_back(std::move(entry));
  }
  std::sort(report.entries.begin(), report.entries.end(),
            [](const Entry& a, const Entry& b) { return a.version < b.version; });
  return report;
}

namespace {

/// One difference an index: an invalid one of ours is already there as changed.
Result<void> add_invalid(Session& session, VerifyReport& report) {
  auto invalid = find_invalid_indexes(session);
  if (!invalid) {
    return invalid.error();
  }
  for (auto& index : *invalid) {
    const auto ours = std::find_if(
        report.differences.begin(), report.differences.end(),
        [&](const SchemaDifference& other) { return other.kind == "index" && other.object == index.name; });
    if (ours == report.differences.end()) {
      report.differences.push_back({"index", index.name, "invalid", {}, index.definition, index.mend});
    } else {
      ours->what = "invalid";
      ours->mend = index.mend;
    }
  }
  return {};
}

}  // namespace

Result<VerifyReport> verify(const Options& options) {
  auto migrations = migrations_of(options);
  if (!migrations)
    return migrations.error();
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session)
    return session.error();
  auto ledger = read_ledger(*session);
  if (!ledger)
    return ledger.error();
  const auto record = session->run("SELECT to_regclass('salesflow.schema_objects') IS NOT NULL");
  if (!record)
    return to_error(record.error(), "looking for the schema's record");
  if (ledger->empty() || !record.truth())
    return fail(Errc::conflict, "nothing is recorded on this database yet; run up first");
  VerifyReport report;
  if (auto compared = compare_objects(*session, report); !compared)
    return compared.error();
  if (auto looked = add_invalid(*session, report); !looked)
    return looked.error();
  int pending = 0;
  for (const auto& migration : *migrations) {
    const std::string state = state_of(migration, *ledger);
    pending += state == "pending" ? 1 : 0;
    if (state == "edited" || state == "running") {
      report.differences.push_back({"migration",
                                    migration.name,
                                    state == "edited" ? "changed" : "interrupted",
                                    ledger->at(migration.version).checksum,
                                    migration.checksum,
                                    {}});
    }
  }
  if (pending > 0)
    report.notes.push_back(fmt::format("{} migrations are pending", pending));
  if (lock_is_held(*session))
    report.notes.push_back("a migration runs right now; what it changes is recorded at its end");
  for (const auto& key : unvalidated_foreign_keys(*session))
    report.notes.push_back("foreign key " + key + " is NOT VALID: old rows are not checked, new ones are");
  for (const auto& ddl : left_off_indexes(*session))
    report.notes.push_back("a found index was left off by down; to build it: " + ddl + ";");
  return report;
}

}  // namespace salesflow::migrations
