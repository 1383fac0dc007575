#include "apps/salesflow/verbs/migrate_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using namespace migrations;

json::object one(const Entry& entry) {
  return {{"version", entry.version},       {"name", entry.name}, {"phase", entry.phase},
          {"state", entry.state},           {"lock", entry.lock}, {"transaction", entry.transactional ? "one" : "none"},
          {"applied_at", entry.applied_at}, {"why", entry.why},   {"duration_ms", entry.duration_ms}};
}

json::object one(const IndexPlan& index) {
  return {{"migration", index.migration}, {"index", index.index}, {"table", index.table},    {"action", index.action},
          {"rows", index.rows},           {"bytes", index.bytes}, {"seconds", index.seconds}};
}

json::object one(const Finding& finding) {
  return {{"action", finding.action}, {"object", finding.object}, {"text", finding.text}};
}

json::object one(const BackfillEntry& entry) {
  return {{"name", entry.name},       {"table", entry.table}, {"state", entry.state},    {"looked", entry.looked},
          {"changed", entry.changed}, {"rows", entry.rows},   {"seconds", entry.seconds}};
}

json::object one(const BrokenForeignKey& key) {
  return {{"table", key.table},   {"name", key.name}, {"columns", key.columns},
          {"target", key.target}, {"rows", key.rows}, {"capped", key.capped}};
}

json::object one(const Loss& loss) {
  return {{"object", loss.object}, {"rows", loss.rows}, {"estimated", loss.estimated}};
}

json::object one(const SchemaDifference& difference) {
  return {{"kind", difference.kind},         {"object", difference.object}, {"what", difference.what},
          {"expected", difference.expected}, {"found", difference.found},   {"mend", difference.mend}};
}

json::array list(const std::vector<std::string>& items);

json::object one(const UnbuildableIndex& index) {
  return {{"index", index.name}, {"table", index.table}, {"ddl", index.ddl},
          {"why", index.why},    {"count", index.count}, {"rows", list(index.rows)}};
}

json::object one(const LintProblem& problem) {
  return {{"file", problem.file},
          {"line", problem.line},
          {"rule", problem.rule},
          {"what", problem.what},
          {"instead", problem.instead}};
}

json::object one(const Misfit& misfit) {
  return {
      {"column", misfit.column}, {"type", misfit.type}, {"text", misfit.text}, {"statements", list(misfit.statements)}};
}

json::array list(const std::vector<std::string>& items) {
  json::array array;
  for (const auto& item : items) {
    array.emplace_back(item);
  }
  return array;
}

template <class T>
json::array list(const std::vector<T>& items) {
  json::array array;
  for (const auto& item : items) {
    array.emplace_back(one(item));
  }
  return array;
}

std::string size_text(std::int64_t bytes) {
  return bytes < 10 * 1024 * 1024 ? fmt::format("{} kB", bytes / 1024) : fmt::format("{} MB", bytes / 1024 / 1024);
}

/// One line of at most `width` columns or so; definitions can be long.
std::string shortened(std::string text, std::size_t width = 160) {
  for (char& c : text) {
    c = c == '\n' ? ' ' : c;
  }
  if (text.size() > width) {
    text.resize(width);
    text += "…";
  }
  return text;
}

std::string count_of(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// The first few names, and how many more there are; --json has them all.
std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 6; ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  return names.size() > 6 ? text + fmt::format(" and {} more", names.size() - 6) : text;
}

void print_obstacles(const std::vector<std::string>& obstacles, const std::vector<std::string>& stops, std::FILE* out) {
  for (const auto& obstacle : obstacles) {
    const bool stops_it = std::find(stops.begin(), stops.end(), obstacle) != stops.end();
    fmt::print(out, "{}: {}\n", stops_it ? "mend first" : "in the way", obstacle);
  }
}

}  // namespace

json::object to_json(const UpReport& report) {
  return {{"ok", true},
          {"applied", list(report.applied)},
          {"already", report.already},
          {"superseded", list(report.superseded)},
          {"logins", list(report.logins)},
          {"to_run", list(report.to_run)},
          {"backfills", to_json(report.backfills)}};
}

json::object to_json(const DownReport& report) {
  return {{"ok", true},
          {"undone", list(report.undone)},
          {"left_off", list(report.left_off)},
          {"ledger_removed", report.ledger_removed}};
}

json::object to_json(const StatusReport& report) {
  return {{"ok", true},
          {"server_version", report.server_version},
          {"other_runner", report.other_runner},
          {"entries", list(report.entries)}};
}

json::array misfits_json(const PlanReport& report) {
  return list(report.misfits);
}

json::object to_json(const PlanReport& report) {
  return {{"ok", report.stops.empty()},
          {"steps", list(report.steps)},
          {"stops", list(report.stops)},
          {"obstacles", list(report.obstacles)},
          {"indexes", list(report.indexes)},
          {"estimate", report.estimate_note},
          {"findings", list(report.findings)},
          {"backfills", list(report.backfills)},
          {"statements_tried", report.statements_tried},
          {"misfits", misfits_json(report)},
          {"trial", report.trial_note}};
}

json::object to_json(const DownPlan& report) {
  return {{"ok", !report.refuses()},
          {"steps", list(report.steps)},
          {"stops", list(report.stops)},
          {"losses", list(report.losses)},
          {"restored", list(report.restored)},
          {"unbuildable", list(report.unbuildable)},
          {"set_back", list(report.set_back)},
          {"dependents", list(report.dependents)},
          {"obstacles", list(report.obstacles)}};
}

json::object to_json(const VerifyReport& report) {
  return {{"ok", report.differences.empty()},
          {"fingerprint", report.fingerprint},
          {"objects", report.objects},
          {"differences", list(report.differences)},
          {"notes", list(report.notes)}};
}

json::object to_json(const BackfillReport& report) {
  return {{"ok", true},
          {"done", list(report.done)},
          {"validated", list(report.validated)},
          {"broken", list(report.broken)}};
}

json::object to_json(const std::vector<LintProblem>& problems) {
  return {{"ok", problems.empty()}, {"problems", list(problems)}};
}

void print(const BackfillReport& report) {
  for (const auto& entry : report.done) {
    fmt::print("backfill {}: {} rows looked at, {} changed\n", entry.name, entry.looked, entry.changed);
  }
  for (const auto& key : report.validated) {
    fmt::print("foreign key {}: validated\n", key);
  }
  for (const auto& key : report.broken) {
    fmt::print("foreign key {} {} ({}) → {}: {}{} rows break it; it stays NOT VALID and binds new rows only\n",
               key.table, key.name, key.columns, key.target, key.rows, key.capped ? " or more" : "");
  }
}

void print(const UpReport& report) {
  print(report.backfills);
  if (!report.superseded.empty()) {
    fmt::print("{} found indexes dropped that ours answer; down builds them again\n", report.superseded.size());
  }
  fmt::print("{} applied, {} were there already\n", report.applied.size(), report.already);
  for (const auto& role : report.logins) {
    fmt::print("{} logs in with its new password\n", role);
  }
  for (const auto& statement : report.to_run) {
    fmt::print("still to be run, by an administrator or with --logins: {}\n", statement);
  }
}

void print(const DownReport& report) {
  for (const auto& index : report.left_off) {
    fmt::print("the found index {} of {} was left off ({}); to build it later:\n    {};\n", index.name, index.table,
               index.why, index.ddl);
  }
  fmt::print("{} taken back{}\n", report.undone.size(), report.ledger_removed ? "; nothing of SalesFlow is left" : "");
}

void print(const StatusReport& report) {
  fmt::print("PostgreSQL {}{}\n", report.server_version, report.other_runner ? ", a migration runs right now" : "");
  for (const auto& entry : report.entries) {
    fmt::print("{:<8} {:<8} {:<46} {}\n", entry.phase, entry.state, entry.name, entry.applied_at);
  }
}

void print_fit(const PlanReport& report, std::FILE* out) {
  if (report.statements_tried > 0) {
    fmt::print(
        out, "{} statements were tried on empty copies of the found tables: {}\n", report.statements_tried,
        report.misfits.empty() ? "all can be served" : "some do not fit, in " + count_of(report.misfits.size(), "way"));
  }
  if (!report.trial_note.empty()) {
    fmt::print(out, "{}\n", report.trial_note);
  }
  for (const auto& misfit : report.misfits) {
    fmt::print(out, "misfit   {}{}: {}: {}\n", misfit.column.empty() ? "a column" : misfit.column,
               misfit.type.empty() ? "" : " (" + misfit.type + ")", misfit.text, some_of(misfit.statements));
  }
  print_obstacles(report.obstacles, report.stops, out);
}

void print(const PlanReport& report) {
  for (const auto& entry : report.steps) {
    fmt::print("{:<8} {}{}\n         {}\n         lock: {}\n", entry.phase, entry.name,
               entry.state == "running" ? " (interrupted, will be finished)" : "", entry.why, entry.lock);
    for (const auto& index : report.indexes) {
      if (index.migration == entry.name) {
        fmt::print("         {} {} on {}: {} rows, about {}, about {:.0f} s\n", index.action, index.index, index.table,
                   index.rows, size_text(index.bytes), index.seconds);
      }
    }
  }
  if (!report.estimate_note.empty()) {
    fmt::print("estimates: {}\n", report.estimate_note);
  }
  for (const auto& finding : report.findings) {
    fmt::print("{:<8} {}: {}\n", finding.action, finding.object, finding.text);
  }
  for (const auto& entry : report.backfills) {
    fmt::print(
        "backfill {} over {}: {} rows, about {:.0f} s{}\n", entry.name, entry.table, entry.rows, entry.seconds,
        entry.state == "running" ? fmt::format(" (interrupted after {} rows, goes on there)", entry.looked) : "");
  }
  print_fit(report, stdout);
  fmt::print("{} to run\n", report.steps.size());
}

void print(const DownPlan& report, std::FILE* out) {
  for (const auto& entry : report.steps) {
    fmt::print(out, "takes back {}\n", entry.name);
  }
  for (const auto& loss : report.losses) {
    fmt::print(out, "deletes    {}: {}{} {}\n", loss.object, loss.estimated ? "about " : "", loss.rows,
               loss.object.starts_with("column") ? "values" : "rows");
  }
  for (const auto& index : report.restored) {
    fmt::print(out, "builds     the found index {} again\n", index);
  }
  for (const auto& value : report.set_back) {
    fmt::print(out, "sets back  {}: {} values that SalesFlow filled in\n", value.object, value.rows);
  }
  for (const auto& index : report.unbuildable) {
    fmt::print(out, "cannot build the found index {} of {}: {}\n", index.name, index.table, index.why);
    if (!index.rows.empty()) {
      fmt::print(out, "    {} rows of {} refuse it: {}{}\n", index.count, index.table, fmt::join(index.rows, ", "),
                 index.count > static_cast<std::int64_t>(index.rows.size()) ? " …" : "");
    }
    fmt::print(out, "    down refuses until they are changed, or with --leave-off {}\n", index.name);
  }
  for (const auto& dependent : report.dependents) {
    fmt::print(out, "in the way: {}; drop or change it first\n", dependent);
  }
  print_obstacles(report.obstacles, report.stops, out);
  fmt::print(out, "{} to take back\n", report.steps.size());
}

void print(const VerifyReport& report) {
  for (const auto& difference : report.differences) {
    fmt::print("{:<10} {} {}\n", difference.what, difference.kind, difference.object);
    if (difference.what != "unexpected" && !difference.expected.empty()) {
      fmt::print("           expected: {}\n", shortened(difference.expected));
    }
    if (!difference.found.empty()) {
      fmt::print("           found:    {}\n", shortened(difference.found));
    }
    if (!difference.mend.empty()) {
      fmt::print("           to mend:  {}\n", difference.mend);
    }
  }
  for (const auto& note : report.notes) {
    fmt::print("note: {}\n", note);
  }
  fmt::print("{} objects, {} differences, fingerprint {}\n", report.objects, report.differences.size(),
             report.fingerprint.substr(0, 16));
}

void print(const std::vector<LintProblem>& problems) {
  for (const auto& problem : problems) {
    fmt::print("{}:{}: {} [{}]\n    instead: {}\n", problem.file, problem.line, problem.what, problem.rule,
               problem.instead);
  }
  fmt::print("{} problems\n", problems.size());
}

}  // namespace salesflow::apps
