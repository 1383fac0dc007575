// status and plan: looking without touching.
#include <algorithm>

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

Result<PlanReport> plan(const Options& options) {
  auto migrations = migrations_of(options);
  if (!migrations)
    return migrations.error();
  auto target = target_version(options.to, *migrations);
  if (!target)
    return target.error();
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session)
    return session.error();
  auto ledger = read_ledger(*session);
  if (!ledger)
    return ledger.error();
  PlanReport report;
  for (const auto& migration : *migrations) {
    const std::string state = state_of(migration, *ledger);
    if (state == "edited") {
      report.obstacles.push_back(migration.name + " was edited after it ran; up will refuse");
    } else if (state != "applied" && migration.version <= *target) {
      report.steps.push_back(entry_of(migration, state));
    }
  }
  if (lock_is_held(*session)) {
    report.obstacles.push_back("another migration runs on this database; up will wait for it");
  }
  const auto found = session->run(
      "SELECT format('transaction of pid %s (user %s, application %s) is open for %s s', pid, usename, "
      "coalesce(nullif(application_name, ''), '-'), "
      "round(extract(epoch FROM now() - xact_start))) FROM pg_stat_activity WHERE datname = current_database() AND pid "
      "<> pg_backend_pid() "
      "AND xact_start < now() - interval '5 seconds' UNION ALL "
      "SELECT format('index %s is invalid (an interrupted build)', indexrelid::regclass) FROM pg_index WHERE NOT "
      "indisvalid");
  if (!found)
    return to_error(found.error(), "looking for obstacles");
  for (int i = 0; i < found.rows(); ++i) {
    report.obstacles.push_back(found.cell(i, 0));
  }
  return report;
}

}  // namespace salesflow::migrations
