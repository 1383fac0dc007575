// switchover_soak: whole switch-overs on the largest found database. Run through script/soak switchover.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "bench/machine.hpp"
#include "bench/report.hpp"
#include "bench/tool.hpp"
#include "tests/switchover/switch_over.hpp"

namespace {

using namespace salesflow;
using namespace salesflow::test;
using bench::Op;

std::int64_t sum(const std::vector<TableFate>& fates, std::int64_t TableFate::*figure) {
  std::int64_t all = 0;
  for (const auto& fate : fates)
    all += fate.*figure;
  return all;
}

void report_rows(bench::Report& report, const std::string& name, const std::vector<TableFate>& fates, bool after_down) {
  const auto differences =
      sum(fates, &TableFate::lost) + sum(fates, &TableFate::appeared) + sum(fates, &TableFate::changed);
  const auto filled = sum(fates, &TableFate::filled);
  report.check(name + "_untouched_rows_that_differ", static_cast<double>(differences), "", Op::at_most, 0,
               {fmt::format("of {} rows of {} tables, {} untouched", sum(fates, &TableFate::rows), fates.size(),
                            sum(fates, &TableFate::untouched)),
                "lost, appeared or another value"});
  report.check(name + "_writes_that_are_lost", static_cast<double>(sum(fates, &TableFate::stale)), "", Op::at_most, 0,
               {fmt::format("of {} rows written, {} by our server", sum(fates, &TableFate::touched),
                            sum(fates, &TableFate::served)),
                "not as their last writer left them"});
  if (after_down)
    report.check(name + "_filled_and_not_taken_back", static_cast<double>(filled), "", Op::at_most, 0, {"org_id", ""});
  else
    report.inform(name + "_rows_filled", static_cast<double>(filled), "", {"org_id that was NULL", ""});
  for (const auto& fate : fates) {
    if (!fate.example.empty())
      report.note(fmt::format("{}: {}: {} lost, {} appeared, {} changed, {} stale; {}", name, fate.table, fate.lost,
                              fate.appeared, fate.changed, fate.stale, fate.example));
  }
}

boost::json::array json_of(const std::vector<TableFate>& fates) {
  boost::json::array tables;
  for (const auto& fate : fates)
    tables.push_back({{"table", fate.table},
                      {"rows", fate.rows},
                      {"untouched", fate.untouched},
                      {"touched", fate.touched},
                      {"by_server", fate.served},
                      {"lost", fate.lost},
                      {"appeared", fate.appeared},
                      {"changed", fate.changed},
                      {"filled", fate.filled},
                      {"stale", fate.stale}});
  return tables;
}

void report_switch_over(bench::Report& report, const std::string& name, const SwitchOver& fate) {
  for (const auto& [step, seconds] : fate.steps) {
    bench::Cells cells;
    if (const auto counts = fate.old_service.find(step); counts != fate.old_service.end()) {
      const auto& old = counts->second;
      cells = {fmt::format("{} old statements, {} refused as found, {} refused", old.sent, old.refused_as_found,
                           old.refused),
               fmt::format("longest {} ms: {}", old.longest.count(), old.longest_name)};
    }
    report.inform(name + "_" + step, seconds, "s", cells);
  }
  std::int64_t sent = 0, refused = 0;
  for (const auto& [step, counts] : fate.old_service) {
    sent += counts.sent;
    refused += counts.refused;
  }
  report.check(
      name + "_refused_and_not_named_by_plan", static_cast<double>(refused - fate.refusals_named), "", Op::at_most, 0,
      {fmt::format("of {} statements of the old service", sent), fmt::format("{} named", fate.refusals_named)});
  report_rows(report, name + "_up", fate.after_up, false);
  report_rows(report, name + "_down", fate.after_down, true);
  const auto no = [&](const char* what, std::size_t count, bench::Cells cells) {
    report.check(name + "_" + what, static_cast<double>(count), "", Op::at_most, 0, std::move(cells));
  };
  no("commands_that_failed", fate.failed_commands.size(), {"dry run, plan, adopt, down", ""});
  no("schema_changed_by_dry_run", fate.dry_run_changed_schema, {});
  no("schema_differs_after_down", !fate.schema_equal, {"pg_dump --schema-only", ""});
  no("roles_differ_after_down", !fate.roles_equal, {"pg_dumpall --roles-only", ""});
  no("logins_that_failed", fate.failed_logins.size(),
     {fmt::format("{} of 8 with the found password", fate.logins), ""});
  std::map<int, int> classes;
  int asked = 0;
  for (const auto& [status, times] : fate.answers) {
    classes[status / 100] += times;
    asked += times;
  }
  no("answers_5xx_or_none", static_cast<std::size_t>(classes[5] + classes[0]),
     {fmt::format("of {}: {} GET routes as 8 users", asked, fate.routes),
      fmt::format("2xx {}, 3xx {}, 4xx {}, 5xx {}", classes[2], classes[3], classes[4], classes[5])});
  boost::json::object statuses;
  for (const auto& [status, times] : fate.answers)
    statuses[std::to_string(status)] = times;
  report.detail(name, boost::json::object{{"shape", fate.shape},
                                          {"answers", statuses},
                                          {"rows_after_up", json_of(fate.after_up)},
                                          {"rows_after_down", json_of(fate.after_down)}});
  for (const auto* lines : {&fate.refusals, &fate.failed_commands, &fate.failed_logins, &fate.server_errors}) {
    for (std::size_t i = 0; i < lines->size() && i < 20; ++i)
      report.note(name + ": " + (*lines)[i]);
  }
  for (const auto& line : fate.slowest)
    report.note(name + ": slow: " + line);
}

FoundSizes scaled(double scale) {
  FoundSizes sizes = FoundSizes::large();
  const FoundSizes least;
  for (const auto size :
       {&FoundSizes::events, &FoundSizes::leads, &FoundSizes::satellites, &FoundSizes::contacts, &FoundSizes::deals,
        &FoundSizes::tasks, &FoundSizes::notes, &FoundSizes::conversations, &FoundSizes::messages})
    sizes.*size = std::max(least.*size, static_cast<int>(sizes.*size * scale));
  return sizes;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Whole switch-overs on found databases of the largest size, while the old service goes on"};
  int seconds = 60;
  double scale = 1;
  std::string only;
  app.add_option("--seconds", seconds, "how long the screens are asked in each shape, once each at least")
      ->check(CLI::Range(0, 24 * 3600))
      ->capture_default_str();
  app.add_option("--scale", scale, "times 240,000 events and 30,000 leads")->check(CLI::Range(0.001, 10.0));
  app.add_option("--only", only, "one shape: superuser (history A) or restricted (history B)")
      ->check(CLI::IsMember({"superuser", "restricted"}));
  CLI11_PARSE(app, argc, argv);
  bench::Report report("soak-switchover");
  try {
    const auto environment = bench::describe_environment();
    FoundServer server("switchover");
    for (const auto& [name, shape] :
         {std::pair<std::string, FoundShape>{"superuser", {.history = History::a, .owner = FoundOwner::superuser}},
          {"restricted", {.history = History::b, .owner = FoundOwner::restricted}}}) {
      if (only.empty() || only == name)
        report_switch_over(
            report, name,
            switch_over(
                server,
                {.name = name, .shape = shape, .sizes = scaled(scale), .serve_for = std::chrono::seconds(seconds)}));
    }
    fmt::print("{}{}\n{}\n", report.table(), bench::summarize(environment),
               report.passed() ? "verdict: good" : "verdict: BAD");
    bench::write_text("build/bench/soak-switchover.json", boost::json::serialize(report.json(environment)) + "\n");
    return report.passed() ? 0 : 1;
  } catch (const std::exception& failure) {
    // A shape that ended before is worth its figures.
    fmt::print(stderr, "{}\nscript/soak switchover: {}\n", report.table(), failure.what());
    return 2;
  }
}
