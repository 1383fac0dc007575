// salesflow migrate up | down | plan | status | verify | lint | backfill: flags and exit codes; the work is
// platform/migrations, the words are migrate_report.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "apps/salesflow/terminal/progress_lines.hpp"
#include "apps/salesflow/verbs/migrate_report.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/adoption/organizations.hpp"
#include "platform/core/config.hpp"
#include "platform/migrations/lint.hpp"
#include "platform/migrations/logins.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

#ifndef SALESFLOW_VERSION
#define SALESFLOW_VERSION "dev"
#endif

struct Flags {
  std::string to, folder, database_url, name;
  std::vector<std::string> files;
  std::vector<std::string> leave_off;
  bool json = false, yes = false, down = false, keep_superseded = false, no_backfill = false, logins = false;
  bool leave_off_unbuildable = false;
  int lock_budget_s = 60, batch_rows = 2'000, duty_percent = 50;
};

/// With --json the answer is one object on stdout, {"ok": false, "error": …} for a failure.
int report_error(const Error& error, const Flags& flags) {
  if (flags.json) {
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  } else {
    std::cerr << "salesflow migrate: " << error.public_detail << "\n";
  }
  return 1;
}

template <class Report>
void answer(const Report& report, const Flags& flags) {
  if (flags.json) {
    std::cout << to_json(report) << "\n";
  } else {
    print(report);
  }
}

/// The logins that `serve` will use, from its own settings.
Result<std::vector<migrations::RoleLogin>> read_logins(ConfigReader& config) {
  std::vector<migrations::RoleLogin> logins;
  for (const auto& [setting, role] :
       {std::pair{"DATABASE_URL", "salesflow_app"}, std::pair{"SALESFLOW_AUTH_DATABASE_URL", "salesflow_auth"},
        std::pair{"SALESFLOW_WORKER_DATABASE_URL", "salesflow_worker"}}) {
    auto login = migrations::login_of(config.url(setting, "A login of the service"), setting, role);
    if (!login) {
      return login.error();
    }
    logins.push_back(std::move(*login));
  }
  return logins;
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
  options.statements = all_statements();
  options.statement_rows = all_statement_rows();
  options.app_version = SALESFLOW_VERSION;
  options.lock_budget = std::chrono::seconds(flags.lock_budget_s);
  options.keep_superseded = flags.keep_superseded;
  options.leave_off = flags.leave_off;
  options.leave_off_unbuildable = flags.leave_off_unbuildable;
  options.run_backfills = !flags.no_backfill;
  options.backfill_limits.batch_rows = flags.batch_rows;
  options.backfill_limits.duty = flags.duty_percent / 100.0;
  if (!flags.json) {
    options.progress = print_progress;
  }
  if (flags.logins) {
    auto logins = read_logins(config);
    if (!logins) {
      return logins.error();
    }
    options.logins = std::move(*logins);
  }
  auto files = flags.folder.empty() ? migrations::embedded_migrations() : migrations::load_migrations(flags.folder);
  if (!files) {
    return files.error();
  }
  options.migrations = std::move(*files);
  if (!flags.folder.empty()) {
    auto backfills = migrations::load_backfills(flags.folder + "/../backfills");
    if (!backfills) {
      return backfills.error();
    }
    options.backfills = std::move(*backfills);
  }
  return options;
}

/// Runs one of the library's verbs and answers with its report.
template <class Report>
int run(const Flags& flags, Result<Report> (*verb)(const migrations::Options&)) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = verb(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  answer(*report, flags);
  return 0;
}

/// SALESFLOW_DEFAULT_COUNTRY, where it is set, reaches the keys of phone numbers.
Result<void> bring_country(const migrations::Options& options) {
  ConfigReader config;
  const std::string country = config.text("SALESFLOW_DEFAULT_COUNTRY", "", "Country of national phone numbers");
  if (country.empty()) {
    return {};
  }
  auto session = migrations::Session::open(options.database_url, options.connect_timeout);
  if (!session) {
    return session.error();
  }
  const auto set = adoption::set_country(*session, "", country == "none" ? "" : country);
  return set ? Result<void>{} : Result<void>{set.error()};
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
  if (flags.to.empty()) {
    if (const auto brought = bring_country(*options); !brought) {
      return report_error(brought.error(), flags);
    }
  }
  answer(*report, flags);
  return 0;
}

int run_status(const Flags& flags) {
  return run(flags, migrations::status);
}

int run_plan_down(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::plan_down(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  if (flags.json) {
    std::cout << to_json(*report) << "\n";
  } else {
    print(*report, stdout);
  }
  return report->refuses() ? 1 : 0;
}

/// Exit code 1 also when something would stop up.
int run_plan(const Flags& flags) {
  if (flags.down) {
    return run_plan_down(flags);
  }
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::plan(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  answer(*report, flags);
  return report->stops.empty() ? 0 : 1;
}

/// Says what would go, then asks; --yes goes on without either.
Result<void> confirm(const Flags& flags, const migrations::Options& options) {
  if (flags.yes) {
    return {};
  }
  const auto plan = migrations::plan_down(options);
  if (!plan) {
    return plan.error();
  }
  print(*plan, stderr);
  const auto refused = fail(Errc::invalid_argument, "nothing was changed: confirm with yes, or give --yes");
  if (isatty(STDIN_FILENO) != 1) {
    return refused;
  }
  fmt::print(stderr,
             "This drops what SalesFlow made above \"{}\", with the data named here. Type yes to go on: ", flags.to);
  std::string reply;
  return std::getline(std::cin, reply) && reply == "yes" ? Result<void>{} : refused;
}

int run_down(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  if (const auto confirmed = confirm(flags, *options); !confirmed) {
    return report_error(confirmed.error(), flags);
  }
  const auto report = migrations::down(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  answer(*report, flags);
  return 0;
}

/// Exit code 1 also when the schema differs.
int run_verify(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::verify(*options);
  if (!report) {
    return report_error(report.error(), flags);
  }
  answer(*report, flags);
  return report->differences.empty() ? 0 : 1;
}

int run_backfill(const Flags& flags) {
  auto options = options_of(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  const auto report = migrations::backfill(*options, flags.name);
  if (!report) {
    return report_error(report.error(), flags);
  }
  answer(*report, flags);
  return 0;
}

/// The files given, each with its partner; a folder's, or the binary's own.
Result<std::vector<std::pair<std::string, std::string>>> texts_to_lint(const Flags& flags) {
  if (flags.files.empty() && !flags.folder.empty()) {
    return migrations::read_sql_folder(flags.folder);
  }
  std::vector<std::pair<std::string, std::string>> texts;
  if (flags.files.empty()) {
    for (const auto& file : migrations::embedded_files()) {
      texts.emplace_back(file.name, file.text);
    }
    return texts;
  }
  for (const auto& name : flags.files) {
    const std::filesystem::path path(name), folder = path.has_parent_path() ? path.parent_path() : ".";
    auto all = migrations::read_sql_folder(folder.string());
    if (!all) {
      return all.error();
    }
    const auto before = texts.size();
    const std::string stem = path.filename().string().substr(0, path.filename().string().find('.'));
    for (auto& [file, text] : *all) {
      if (file.substr(0, file.find('.')) == stem) {
        texts.emplace_back((folder / file).string(), std::move(text));
      }
    }
    if (texts.size() == before) {
      return fail(Errc::invalid_argument, "there is no file " + name);
    }
  }
  return texts;
}

/// Exit code 1 when a file has an unsafe form. Needs no database.
int run_lint(const Flags& flags) {
  const auto texts = texts_to_lint(flags);
  if (!texts) {
    return report_error(texts.error(), flags);
  }
  std::vector<migrations::EmbeddedFile> files;
  for (const auto& [name, text] : *texts) {
    files.push_back({name, text});
  }
  const auto problems = migrations::lint_files(files);
  answer(problems, flags);
  return problems.empty() ? 0 : 1;
}

}  // namespace

void add_migrate(CLI::App& app, int& exit_code) {
  auto* migrate = app.add_subcommand("migrate", "Bring a database to this version's schema, or take it back");
  migrate->require_subcommand(1);
  migrate->footer(
      "Examples:\n"
      "  MIGRATION_DATABASE_URL=postgresql://salesflow_owner@db/crm salesflow migrate up\n"
      "  salesflow migrate plan --to phase1        what would run, how long, and what is in its way\n"
      "  salesflow migrate plan --down --to none   what down would delete\n"
      "  salesflow migrate status --json\n"
      "  salesflow migrate verify                  is the schema still as SalesFlow made it?\n"
      "  salesflow migrate backfill lead_keys      run one backfill again\n"
      "  salesflow migrate lint db/migrations/0130_phase1_x.up.sql\n"
      "  salesflow migrate down --to base          take back all phases after base\n"
      "  salesflow migrate down --to none --yes    remove all that SalesFlow made, and nothing else\n"
      "The database is reached directly, not through a transaction pooler. Exit code 0: done; 1: not, or a "
      "difference. plan: 1 when something has to be mended first (\"mend first\", in JSON \"stops\" and \"ok\": "
      "false).");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* sentence, int (*run)(const Flags&)) {
    auto* verb = migrate->add_subcommand(name, sentence);
    verb->add_option("--dir", flags->folder, "Read the migrations from this folder instead of the binary");
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
    verb->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return verb;
  };
  auto* up = add("up", "Apply what is pending; finish what was interrupted; run backfills", run_up);
  auto* down = add("down", "Take back what stands above a phase or version", run_down);
  auto* status = add("status", "What is applied, pending, interrupted or edited", run_status);
  auto* plan =
      add("plan", "What up (or down) would do: locks, sizes, times, what is found and what is in the way", run_plan);
  auto* verify = add("verify", "Compare the schema with what SalesFlow made", run_verify);
  auto* backfill = add("backfill", "Run the backfills that are due, or one of them again", run_backfill);
  auto* lint = add("lint", "Refuse unsafe forms in migration files", run_lint);
  for (auto* verb : {up, down, status, plan, verify, backfill}) {
    verb->add_option("--database", flags->database_url, "Connection string; MIGRATION_DATABASE_URL otherwise");
  }
  for (auto* verb : {up, plan}) {
    verb->add_option("--to", flags->to, "Phase (base, phase1 …) or version to stop at; all by default");
    verb->add_flag("--keep-superseded", flags->keep_superseded, "Leave found indexes that ours answer");
  }
  plan->add_flag("--down", flags->down, "What down --to would take back, and the rows that go with it");
  down->add_option("--to", flags->to, "Phase or version that stays; none for nothing")->required();
  down->add_flag("--yes", flags->yes, "Do not ask");
  down->add_option("--leave-off", flags->leave_off, "Do not build this found index again; may be repeated");
  down->add_flag("--leave-off-unbuildable", flags->leave_off_unbuildable,
                 "Nor any found index that rows stored meanwhile refuse");
  up->add_flag("--logins", flags->logins,
               "Let salesflow_app, _auth and _worker log in, with the passwords of DATABASE_URL, "
               "SALESFLOW_AUTH_DATABASE_URL and SALESFLOW_WORKER_DATABASE_URL");
  up->add_flag("--no-backfill", flags->no_backfill, "Leave backfills for salesflow migrate backfill");
  backfill->add_option("name", flags->name, "Run this one again, from its start");
  lint->add_option("files", flags->files, "Files to read, each with its down or up file; the binary's own by default");
  for (auto* verb : {up, backfill}) {
    verb->add_option("--batch-rows", flags->batch_rows, "Rows of one backfill transaction")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    verb->add_option("--duty", flags->duty_percent, "Percent of the time that backfills may work; they sleep the rest")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
  }
  for (auto* verb : {up, down, backfill}) {
    verb->add_option("--lock-budget", flags->lock_budget_s, "Seconds that all attempts for one lock may take")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
  }
}

}  // namespace salesflow::apps
