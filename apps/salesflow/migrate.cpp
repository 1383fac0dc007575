// salesflow migrate up | down | status | plan: the printing; the work is platform/migrations.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "apps/salesflow/progress_lines.hpp"
#include "apps/salesflow/verbs.hpp"
#include "platform/core/config.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using migrations::Entry;

#ifndef SALESFLOW_VERSION
#define SALESFLOW_VERSION "dev"
#endif

struct Flags {
  std::string to, folder, database_url;
  bool json = false, yes = false;
  int lock_budget_s = 60;
};

json::object to_json(const Entry& entry) {
  return {{"version", entry.version},       {"name", entry.name}, {"phase", entry.phase},
          {"state", entry.state},           {"lock", entry.lock}, {"transaction", entry.transactional ? "one" : "none"},
          {"applied_at", entry.applied_at}, {"why", entry.why},   {"duration_ms", entry.duration_ms}};
}

json::array to_json(const std::vector<Entry>& entries) {
  json::array list;
  for (const auto& entry : entries) {
    list.push_back(to_json(entry));
  }
  return list;
}

/// With --json the answer is one object on stdout, {"ok": false, "error": …} for a failure.
int report_error(const Error& error, const Flags& flags) {
  if (flags.json) {
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  } else {
    std::cerr << "salesflow migrate: " << error.public_detail << "\n";
  }
  return 1;
}

Result<migrations::Options> options_of(const Flags& flags) {
  migrations::Options options;
  ConfigReader config;
  options.database_url = flags.database_url.empty()
                             ? config.url("MIGRATION_DATABASE_URL", "Where migrations run, as salesflow_owner")
                             : flags.database_url;
  if (options.database_url.empty()) {
    return fail(Errc::invalid_argument,
                "set MIGRATION_DATABASE_URL, or give --database: a direct connection as salesflow_owner");
  }
  options.to = flags.to;
  options.app_version = SALESFLOW_VERSION;
  options.lock_budget = std::chrono::seconds(flags.lock_budget_s);
  if (!flags.json) {
    options.progress = print_progress;
  }
  auto files = flags.folder.empty() ? migrations::embedded_migrations() : migrations::load_migrations(flags.folder);
  if (!files) {
    return files.error();
  }
  options.migrations = std::move(*files);
  return options;
}

int run_up(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::up(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  if (flags.json) {
    std::cout << json::object{{"ok", true}, {"applied", to_json(report->applied)}, {"already", report->already}}
              << "\n";
  } else {
    fmt::print("{} applied, {} were there already\n", report->applied.size(), report->already);
  }
  return 0;
}

bool confirmed(const Flags& flags) {
  if (flags.yes) {
    return true;
  }
  if (isatty(STDIN_FILENO) != 1) {
    return false;
  }
  fmt::print(stderr,
             "This drops what SalesFlow made above \"{}\", with the data in its tables. Type yes to go on: ", flags.to);
  std::string answer;
  return static_cast<bool>(std::getline(std::cin, answer)) && answer == "yes";
}

int run_down(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  if (!confirmed(flags)) {
    return report_error(fail(Errc::invalid_argument, "nothing was changed: confirm with yes, or give --yes"), flags);
  }
  const auto report = migrations::down(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  if (flags.json) {
    std::cout << json::object{{"ok", true},
                              {"undone", to_json(report->undone)},
                              {"ledger_removed", report->ledger_removed}}
              << "\n";
  } else {
    fmt::print("{} taken back{}\n", report->undone.size(),
               report->ledger_removed ? "; nothing of SalesFlow is left" : "");
  }
  return 0;
}

int run_status(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::status(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  if (flags.json) {
    std::cout << json::object{{"ok", true},
                              {"server_version", report->server_version},
                              {"other_runner", report->other_runner},
                              {"entries", to_json(report->entries)}}
              << "\n";
    return 0;
  }
  fmt::print("PostgreSQL {}{}\n", report->server_version, report->other_runner ? ", a migration runs right now" : "");
  for (const auto& entry : report->entries) {
    fmt::print("{:<8} {:<8} {:<46} {}\n", entry.phase, entry.state, entry.name, entry.applied_at);
  }
  return 0;
}

int run_plan(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::plan(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  if (flags.json) {
    json::array obstacles;
    for (const auto& obstacle : report->obstacles) {
      obstacles.push_back(json::string(obstacle));
    }
    std::cout << json::object{{"ok", true}, {"steps", to_json(report->steps)}, {"obstacles", std::move(obstacles)}}
              << "\n";
    return 0;
  }
  for (const auto& entry : report->steps) {
    fmt::print("{:<8} {}{}\n         {}\n         lock: {}\n", entry.phase, entry.name,
               entry.state == "running" ? " (interrupted, will be finished)" : "", entry.why, entry.lock);
  }
  for (const auto& obstacle : report->obstacles) {
    fmt::print("in the way: {}\n", obstacle);
  }
  fmt::print("{} to run\n", report->steps.size());
  return 0;
}

}  // namespace

void add_migrate(CLI::App& app, int& exit_code) {
  auto* migrate = app.add_subcommand("migrate", "Bring a database to this version's schema, or take it back");
  migrate->require_subcommand(1);
  migrate->footer(
      "Examples:\n"
      "  MIGRATION_DATABASE_URL=postgresql://salesflow_owner@db/crm salesflow migrate up\n"
      "  salesflow migrate plan --to phase1        what would run, and what is in its way\n"
      "  salesflow migrate status --json\n"
      "  salesflow migrate down --to base          take back all phases after base\n"
      "  salesflow migrate down --to none --yes    remove all that SalesFlow made, and nothing else\n"
      "The database is reached directly, not through a transaction pooler.");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* sentence, int (*run)(const Flags&)) {
    auto* verb = migrate->add_subcommand(name, sentence);
    verb->add_option("--database", flags->database_url, "Connection string; MIGRATION_DATABASE_URL otherwise");
    verb->add_option("--dir", flags->folder, "Read the migrations from this folder instead of the binary");
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
    verb->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return verb;
  };
  auto* up = add("up", "Apply what is pending; finish what was interrupted", run_up);
  auto* down = add("down", "Take back what stands above a phase or version", run_down);
  add("status", "What is applied, pending, interrupted or edited", run_status);
  auto* plan = add("plan", "What up would do", run_plan);
  up->add_option("--to", flags->to, "Phase (base, phase1 …) or version to stop at; all by default");
  plan->add_option("--to", flags->to, "Phase (base, phase1 …) or version to stop at; all by default");
  down->add_option("--to", flags->to, "Phase or version that stays; none for nothing")->required();
  down->add_flag("--yes", flags->yes, "Do not ask");
  for (auto* verb : {up, down}) {
    verb->add_option("--lock-budget", flags->lock_budget_s, "Seconds that all attempts for one lock may take")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
  }
}

}  // namespace salesflow::apps
