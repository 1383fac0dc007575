// plan: what up and down would do to this database, and what stands in their way.
#include <fmt/format.h>

#include <algorithm>

#include "platform/migrations/adoption.hpp"
#include "platform/migrations/backfill.hpp"
#include "platform/migrations/conflicts.hpp"
#include "platform/migrations/dependents.hpp"
#include "platform/migrations/estimate.hpp"
#include "platform/migrations/filled_values.hpp"
#include "platform/migrations/index_build.hpp"
#include "platform/migrations/invalid_indexes.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/privileges.hpp"
#include "platform/migrations/restored_indexes.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/selection.hpp"
#include "platform/migrations/sql_splitter.hpp"
#include "platform/migrations/stops.hpp"
#include "platform/migrations/superseded.hpp"
#include "platform/migrations/trial.hpp"

namespace salesflow::migrations {
namespace {

/// A session for looking, with what is known of files and ledger.
struct View {
  Session session;
  std::vector<Migration> migrations;
  int target = 0;
  Ledger ledger;
};

Result<View> look(const Options& options) {
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
  return View{std::move(*session), std::move(*migrations), *target, std::move(*ledger)};
}

Result<void> find_obstacles(Session& session, std::vector<std::string>& obstacles) {
  if (lock_is_held(session)) {
    obstacles.push_back("another migration runs on this database; this one would wait for it");
  }
  const auto found = session.run(
      "SELECT format('transaction of pid %s (user %s, application %s) is open for %s s: %s', pid, usename, "
      "coalesce(nullif(application_name, ''), '-'), round(extract(epoch FROM now() - xact_start)), "
      "coalesce(nullif(left(regexp_replace(query, '\\s+', ' ', 'g'), 120), ''), '-')) "
      "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
      "AND xact_start < now() - interval '5 seconds' UNION ALL "
      "SELECT format('prepared transaction %s of %s holds its locks since %s', gid, owner, prepared) FROM "
      "pg_prepared_xacts WHERE database = current_database()");
  if (!found)
    return to_error(found.error(), "looking for obstacles");
  for (int i = 0; i < found.rows(); ++i) {
    obstacles.push_back(found.cell(i, 0));
  }
  auto invalid = find_invalid_indexes(session);
  if (!invalid)
    return invalid.error();
  for (const auto& index : *invalid) {
    obstacles.push_back(
        fmt::format("index {} is invalid (an interrupted build); to mend it: {}", index.name, index.mend));
  }
  return {};
}

/// Every concurrent build of the steps, with its estimate.
std::vector<IndexPlan> plan_indexes(View& view, const std::vector<Entry>& steps) {
  std::vector<IndexPlan> plans;
  for (const auto& migration : view.migrations) {
    const bool runs =
        std::any_of(steps.begin(), steps.end(), [&](const Entry& entry) { return entry.version == migration.version; });
    if (!runs || migration.transactional) {
      continue;
    }
    for (const auto& statement : split_statements(migration.up_sql)) {
      if (const auto index = parse_create_index(statement.text)) {
        plans.push_back(estimate_index(view.session, as_served(view.session, *index)));
        plans.back().migration = migration.name;
      }
    }
  }
  return plans;
}

/// Says of a found index that it does not just stay.
void settle(std::vector<Finding>& findings, const std::string& name, const char* action, const std::string& text) {
  const Finding settled{action, "index " + name, text};
  const auto kept =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.object == settled.object; });
  kept == findings.end() ? findings.push_back(settled) : static_cast<void>(*kept = settled);
}

}  // namespace

Result<PlanReport> plan(const Options& options) {
  auto view = look(options);
  if (!view)
    return view.error();
  PlanReport report;
  std::vector<Migration> wanted;
  for (const auto& migration : view->migrations) {
    const std::string state = state_of(migration, view->ledger);
    if (state == "edited") {
      report.add_stop(migration.name + " was edited after it ran; up will refuse");
    } else if (state != "applied" && migration.version <= view->target) {
      report.steps.push_back(entry_of(migration, state));
    }
    if (state != "pending" || migration.version <= view->target) {
      wanted.push_back(migration);
    }
  }
  if (auto found = find_obstacles(view->session, report.obstacles); !found)
    return found.error();
  if (!report.steps.empty()) {
    const auto missing = find_missing_privileges(view->session, wanted);
    if (!missing)
      return missing.error();
    for (const auto& one : *missing)
      report.add_stop(one.what + ". Let an administrator run: " + one.statement);
  }
  report.indexes = plan_indexes(*view, report.steps);
  if (auto found = find_adopted(view->session, wanted, report.steps, report.findings); !found)
    return found.error();
  const bool phase1 = !wanted.empty() && wanted.back().phase >= Phase::phase1;
  if (phase1 && !options.keep_superseded) {
    // Judged when indexes are built, never anew.
    auto superseded =
        std::any_of(report.steps.begin(), report.steps.end(), [](const Entry& step) { return !step.transactional; })
            ? find_superseded(view->session, wanted)
            : judged_superseded(view->session);
    if (!superseded)
      return superseded.error();
    for (const auto& index : *superseded) {
      settle(report.findings, index.name, "drop", index.why + "; down builds it again");
    }
  }
  for (const auto& index : report.indexes) {
    if (index.action == "replace") {
      settle(report.findings, index.table.substr(0, index.table.find('.') + 1) + index.index, "change",
             "has another definition under our name: built beside it, swapped, and built again by down");
    }
  }
  auto backfills = backfills_of(options);
  if (!backfills)
    return backfills.error();
  auto due = due_backfills(view->session, *backfills, view->ledger, report.steps);
  if (!due)
    return due.error();
  if (!report.steps.empty() || !due->empty()) {
    auto found = find_stops(view->session, wanted, *backfills);
    if (!found)
      return found.error();
    for (auto& stop : found->stops)
      report.add_stop(std::move(stop));
    report.findings.insert(report.findings.end(), found->findings.begin(), found->findings.end());
  }
  report.backfills = std::move(*due);
  if (!options.statements.empty() && view->ledger.empty()) {
    if (auto tried = try_catalogue(view->session, view->migrations, options.statements, options.statement_rows, report);
        !tried)
      return tried.error();
  }
  if (!report.steps.empty()) {
    auto conflicts = find_conflicts(view->session, wanted, view->ledger.empty());
    if (!conflicts)
      return conflicts.error();
    for (auto& one : conflicts->stops)
      report.add_stop(std::move(one));
    for (auto& one : conflicts->breaks)
      report.obstacles.push_back(std::move(one));
  }
  for (auto& entry : report.backfills)
    estimate_backfill(view->session, options.backfill_limits.duty, entry);
  report.estimate_note = report.indexes.empty() && report.backfills.empty() ? "" : estimate_note();
  return report;
}

Result<DownPlan> plan_down(const Options& options) {
  if (options.to.empty())
    return fail(Errc::invalid_argument, "down needs a target: --to none, a phase or a version", "to");
  auto view = look(options);
  if (!view)
    return view.error();
  auto steps = steps_down(view->migrations, view->ledger, view->target);
  if (!steps)
    return steps.error();
  DownPlan report;
  for (const auto* step : *steps) {
    report.steps.push_back(entry_of(*step, "applied"));
  }
  if (auto found = find_obstacles(view->session, report.obstacles); !found)
    return found.error();
  if (auto counted = find_losses(view->session, *steps, report.losses); !counted)
    return counted.error();
  auto restored = restorable_indexes(view->session, *steps);
  if (!restored)
    return restored.error();
  for (const auto& index : *restored) {
    report.restored.push_back(index.name);
  }
  auto unbuildable = find_unbuildable(view->session, *restored);
  if (!unbuildable)
    return unbuildable.error();
  report.unbuildable = std::move(*unbuildable);
  if (view->target == 0)
    report.set_back = count_filled_values(view->session);
  if (const std::string refused = refused_drops(view->session); !refused.empty()) {
    report.obstacles.push_back(refused);
    report.stops.push_back(refused);
  }
  auto dependents = find_dependents(view->session, view->target);
  if (!dependents)
    return dependents.error();
  report.dependents = std::move(*dependents);
  return report;
}

}  // namespace salesflow::migrations
