// salesflow adopt, adopt status, adopt finish: the guided way of a database that exists; the work is platform/adoption.
#include "platform/adoption/adopt.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "apps/salesflow/terminal/progress_lines.hpp"
#include "apps/salesflow/verbs/migrate_report.hpp"
#include "apps/salesflow/verbs/migration_login.hpp"
#include "apps/salesflow/verbs/org_report.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

constexpr const char* way_back =
    "salesflow migrate plan --down --to none shows what would go; salesflow migrate down --to none takes everything "
    "back: rows and schema are as they were found, and what was written meanwhile stays";

struct Flags {
  std::string database_url, by = "org-id,personal", name;
  bool json = false, yes = false, dry_run = false, trust_rows = false;
  int batch_rows = 2'000, duty_percent = 50, lock_budget_s = 60;
};

int report_error(const Error& error, const Flags& flags) {
  if (flags.json)
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  else
    std::cerr << "salesflow adopt: " << error.public_detail << "\n";
  return 1;
}

/// The settings of `serve` that neither the environment nor a file of it gives.
std::vector<std::string> settings_missing() {
  std::vector<std::string> missing;
  for (const char* name :
       {"DATABASE_URL", "SALESFLOW_AUTH_DATABASE_URL", "SALESFLOW_WORKER_DATABASE_URL", "JWT_SECRET"}) {
    const bool alias = std::string(name) == "JWT_SECRET" && std::getenv("SECRET_KEY") != nullptr;
    if (std::getenv(name) == nullptr && std::getenv((std::string(name) + "_FILE").c_str()) == nullptr && !alias)
      missing.emplace_back(name);
  }
  return missing;
}

void print_preview(const adoption::Preview& preview) {
  fmt::print(stderr, "\nWhat was found:\n");
  print(preview.checks, stderr);
  fmt::print(stderr, "\nWhat would be done (salesflow migrate plan names each step):\n");
  std::map<std::string, int> actions;
  for (const auto& finding : preview.plan.findings)
    ++actions[finding.action];
  double seconds = 0;
  for (const auto& index : preview.plan.indexes)
    seconds += index.seconds;
  fmt::print(stderr, "{} migrations, {} index builds of about {:.0f} s in all, {} backfills\n",
             preview.plan.steps.size(), preview.plan.indexes.size(), seconds, preview.plan.backfills.size());
  for (const auto& [action, count] : actions)
    fmt::print(stderr, "{:<8} {} objects\n", action, count);
  print_fit(preview.plan, stderr);
  fmt::print(stderr, "\nOrganisations:\n");
  print(preview.organizations, stderr);
}

/// Asks on a terminal; elsewhere --yes is the answer.
bool confirm(const adoption::Preview& preview, const Flags& flags) {
  if (flags.yes)
    return true;
  const bool can_ask = isatty(STDIN_FILENO) == 1;
  if (can_ask || !flags.json)
    print_preview(preview);
  if (!can_ask)
    return false;
  fmt::print(stderr, "\nThe old service goes on meanwhile. Type yes to begin: ");
  std::string reply;
  return std::getline(std::cin, reply) && reply == "yes";
}

/// What the dry run found would stop it.
bool is_stopped(const adoption::Preview& preview) {
  return !preview.plan.stops.empty() || adoption::any(preview.checks, "blocked");
}

json::object answer_of(const adoption::AdoptionReport& report, bool dry_run) {
  json::array obstacles, stops;
  for (const auto& obstacle : report.preview.plan.obstacles)
    obstacles.push_back(json::string(obstacle));
  for (const auto& stop : report.preview.plan.stops)
    stops.push_back(json::string(stop));
  json::object answer{
      {"ok", !report.error && report.confirmed && !(dry_run && is_stopped(report.preview))},
      {"dry_run", dry_run},
      {"steps", to_json(report.steps)},
      {"checks", to_json(report.preview.checks)},
      {"obstacles", obstacles},
      {"stops", stops},
      {"misfits", misfits_json(report.preview.plan)},
      {"passwords", to_json(report.preview.passwords)},
      {"organizations", to_json(report.organizations ? *report.organizations : report.preview.organizations)},
      {"summary", to_json(report.summary)},
      {"way_back", way_back}};
  if (report.error)
    answer["error"] = report.error->public_detail;
  else if (!report.confirmed)
    answer["error"] = "nothing was changed: give --yes";
  return answer;
}

int run_adopt(const Flags& flags) {
  auto options = migration_login(flags.database_url);
  if (!options)
    return report_error(options.error(), flags);
  auto by = adoption::parse_by(flags.by);
  if (!by)
    return report_error(by.error(), flags);
  adoption::Adoption wanted;
  wanted.options = std::move(*options);
  wanted.options.backfill_limits.batch_rows = flags.batch_rows;
  wanted.options.backfill_limits.duty = flags.duty_percent / 100.0;
  wanted.options.lock_budget = std::chrono::seconds(flags.lock_budget_s);
  wanted.options.statements = all_statements();
  wanted.options.statement_rows = all_statement_rows();
  wanted.organizations = {std::move(*by), flags.name, false, flags.trust_rows};
  wanted.settings_missing = settings_missing();
  wanted.dry_run = flags.dry_run;
  wanted.confirm = [&flags](const adoption::Preview& preview) { return confirm(preview, flags); };
  if (!flags.json) {
    wanted.options.progress = print_progress;
    wanted.on_begin = [](const std::string& name) { fmt::print(stderr, "== {}\n", name); };
    wanted.on_end = [](const adoption::Step& step) {
      fmt::print(stderr, "   {} {}: {} ({} ms)\n", step.state, step.name, step.text, step.elapsed_ms);
    };
  }
  const auto report = adoption::adopt(wanted);
  if (!report)
    return report_error(report.error(), flags);
  const bool ok = !report->error && report->confirmed && !(flags.dry_run && is_stopped(report->preview));
  if (flags.json) {
    std::cout << answer_of(*report, flags.dry_run) << "\n";
    return ok ? 0 : 1;
  }
  if (report->error) {
    std::cerr << "salesflow adopt: " << report->error->public_detail
              << "\nWhat is done stays; run the same command again, it goes on from there.\n";
    return 1;
  }
  if (!report->confirmed) {
    std::cerr << "salesflow adopt: nothing was changed; confirm with yes, or give --yes\n";
    return 1;
  }
  if (flags.dry_run) {
    print_preview(report->preview);
    fmt::print("nothing was changed (--dry-run){}\n", ok ? "" : "; what stands under \"mend first\" would stop it");
    return ok ? 0 : 1;
  }
  print(report->summary, stdout);
  fmt::print("The way back: {}.\n", way_back);
  return 0;
}

int run_status(const Flags& flags) {
  const auto options = migration_login(flags.database_url);
  if (!options)
    return report_error(options.error(), flags);
  const auto status = adoption::adoption_status(*options, settings_missing());
  if (!status)
    return report_error(status.error(), flags);
  if (flags.json) {
    std::cout << json::object{{"ok", true},
                              {"steps", to_json(status->steps)},
                              {"passwords", to_json(status->passwords)},
                              {"finished", status->finished},
                              {"summary", to_json(status->summary)}}
              << "\n";
    return 0;
  }
  for (const auto& step : status->steps)
    fmt::print("{:<8} {:<13} {}\n", step.state, step.name, step.text);
  print(status->summary, stdout);
  fmt::print("{}\n", status->finished ? "finished: passwords are kept by SalesFlow alone"
                                      : "passwords are kept in step with the old service until salesflow adopt finish");
  return 0;
}

int run_finish(const Flags& flags) {
  const auto options = migration_login(flags.database_url);
  if (!options)
    return report_error(options.error(), flags);
  const auto finished = adoption::finish_adoption(*options);
  if (!finished)
    return report_error(finished.error(), flags);
  if (flags.json) {
    std::cout << json::object{{"ok", true},
                              {"already_finished", finished->already_finished},
                              {"passwords", finished->passwords},
                              {"profiles", finished->profiles}}
              << "\n";
    return 0;
  }
  if (finished->already_finished)
    fmt::print("finished before; nothing was changed\n");
  else
    fmt::print("finished: {} passwords and {} profiles are SalesFlow's alone now\n", finished->passwords,
               finished->profiles);
  fmt::print("switch SALESFLOW_JWT_SHARED_WITH_OLD_SERVICE off if it is on: tokens of the old service still count\n");
  return 0;
}

}  // namespace

void add_adopt(CLI::App& app, int& exit_code) {
  auto* adopt = app.add_subcommand("adopt", "Take over a database that exists, beside the service that uses it");
  adopt->footer(
      "Examples:\n"
      "  MIGRATION_DATABASE_URL=postgresql://postgres@db/crm salesflow adopt --dry-run\n"
      "  salesflow adopt                      shows what was found and what would be done, asks, does it\n"
      "  salesflow adopt --yes --json         for scripts\n"
      "  salesflow adopt --by domain,personal --yes\n"
      "  salesflow adopt status               how far it is, and what is left to do\n"
      "  salesflow adopt finish               when the old service is gone for good\n"
      "It checks, plans, migrates, backfills, counts password hashes, makes organisations and says what is left. Each\n"
      "step can be repeated: interrupted anywhere, run the same command again. docs/switching.md walks the whole way.\n"
      "The way back is salesflow migrate down --to none. Exit code 0: done; 1: not, and the text says why;\n"
      "with --dry-run 1 when something has to be mended first (in JSON \"stops\" and \"ok\": false).");
  auto flags = std::make_shared<Flags>();
  const auto common = [flags](CLI::App* verb) {
    verb->add_option("--database", flags->database_url, "Connection string; MIGRATION_DATABASE_URL otherwise");
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
  };
  common(adopt);
  adopt->add_flag("--dry-run", flags->dry_run, "Look and say what would be done; change nothing");
  adopt->add_flag("--yes", flags->yes, "Do not ask");
  adopt->add_option("--by", flags->by, "How users get an organisation, in this order: org-id, domain, personal, single")
      ->capture_default_str();
  adopt->add_option("--name", flags->name, "Name of the one organisation, with --by single");
  adopt->add_flag("--trust-rows", flags->trust_rows, trust_rows_sentence);
  adopt->add_option("--batch-rows", flags->batch_rows, "Rows of one backfill transaction")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  adopt->add_option("--duty", flags->duty_percent, "Percent of the time that backfills may work; they sleep the rest")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  adopt->add_option("--lock-budget", flags->lock_budget_s, "Seconds that all attempts for one lock may take")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  auto* status = adopt->add_subcommand("status", "How far an adoption is, and what is left to do");
  auto* finish = adopt->add_subcommand("finish", "End the time of two services: passwords are kept here alone");
  common(status);
  common(finish);
  adopt->require_subcommand(0, 1);
  status->callback([flags, &exit_code] { exit_code = run_status(*flags); });
  finish->callback([flags, &exit_code] { exit_code = run_finish(*flags); });
  adopt->callback([adopt, flags, &exit_code] {
    if (adopt->get_subcommands().empty())
      exit_code = run_adopt(*flags);
  });
}

}  // namespace salesflow::apps
