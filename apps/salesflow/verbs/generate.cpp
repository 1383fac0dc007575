// salesflow generate: a sales team's data for demos, tests of load and benches.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "apps/salesflow/terminal/progress_bar.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "generator/load.hpp"
#include "platform/cluster/server_home.hpp"
#include "platform/security/passwords.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

struct Flags {
  std::string database_url, now, password_file;
  std::string demo_email = "demo@salesflow.example";
  std::uint64_t seed = 1;
  std::int64_t users = 200;
  std::int64_t events = -1;
  double scale = 1;
  double skew = 0.7;
  int days = 90;
  bool no_triggers = false, json = false;
};

int report_error(const Error& error, const Flags& flags) {
  if (flags.json) {
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  } else {
    fmt::print(stderr, "salesflow generate: {}\n", error.public_detail);
  }
  return error.code == Errc::invalid_argument ? 2 : 1;
}

Result<generator::Options> read_options(const Flags& flags) {
  generator::Options options;
  options.seed = flags.seed;
  options.days = flags.days;
  options.skew = flags.skew;
  options.demo_email = flags.demo_email;
  generator::Sizes sizes;
  sizes.users = flags.users;
  options.sizes = sizes.scaled(flags.scale);
  if (flags.events >= 0) {
    options.sizes.events = flags.events;
  }
  options.now = system_now();
  if (!flags.now.empty()) {
    const auto now = parse_rfc3339(flags.now);
    if (!now) {
      return fail(Errc::invalid_argument, "--now must be an instant such as 2026-03-02T09:00:00Z", "now");
    }
    options.now = *now;
  }
  if (!flags.password_file.empty()) {
    const std::string password = cluster::read_small_file(flags.password_file);
    if (password.size() < security::password_characters_min) {
      return fail(Errc::invalid_argument, flags.password_file + " must hold a password of 8 characters or more");
    }
    Result<std::string> hash = security::hash_password({}, password);
    if (!hash) {
      return hash.error();
    }
    options.password_hash = std::move(*hash);
  }
  return options;
}

int run(const Flags& flags) {
  const Result<generator::Options> options = read_options(flags);
  if (!options) {
    return report_error(options.error(), flags);
  }
  Result<generator::LoadSummary> summary = [&] {
    ProgressBar bar("generating", flags.json);
    return generator::load(
        flags.database_url, *options,
        {.triggers = !flags.no_triggers, .progress = [&bar](const generator::LoadProgress& progress) {
           bar.show(progress.rows, progress.rows_expected, progress.table);
         }});
  }();
  if (!summary) {
    return report_error(summary.error(), flags);
  }
  if (flags.json) {
    json::array tables;
    for (const auto& table : summary->tables) {
      tables.push_back({{"name", table.name}, {"rows", table.rows}, {"seconds", table.seconds}});
    }
    std::cout << json::object{{"ok", true},
                              {"seed", flags.seed},
                              {"now", format_rfc3339(options->now)},
                              {"rows", summary->rows},
                              {"load_seconds", summary->load_seconds},
                              {"vacuum_seconds", summary->vacuum_seconds},
                              {"tables", std::move(tables)}}
              << "\n";
    return 0;
  }
  for (const auto& table : summary->tables) {
    fmt::print("{:24} {:>12} rows {:>8.1f} s\n", table.name, table.rows, table.seconds);
  }
  fmt::print("{} rows loaded in {:.1f} s, vacuumed in {:.1f} s\n", summary->rows, summary->load_seconds,
             summary->vacuum_seconds);
  return 0;
}

}  // namespace

void add_generate(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand("generate", "Fills a migrated database with the data of a sales team");
  verb->add_option("--database,--database-url", flags->database_url,
                   "As salesflow_owner or a superuser; COPY is refused under RLS")
      ->envname("MIGRATION_DATABASE_URL")
      ->required();
  verb->add_option("--events", flags->events, "Message events; 100,000 times --scale when absent")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}));
  verb->add_option("--users", flags->users, "Users; a fifth as many organisations")->capture_default_str();
  verb->add_option("--scale", flags->scale, "Times all counts but users (leads 5,000, contacts 4,000, deals 2,000, …)")
      ->check(CLI::Range(0.001, 100'000.0))
      ->capture_default_str();
  verb->add_option("--seed", flags->seed, "The same seed and --now give the same bytes")->capture_default_str();
  verb->add_option("--now", flags->now, "Nothing is younger than this instant (RFC 3339); the clock's when absent");
  verb->add_option("--skew", flags->skew, "How much more the first users have: shares fall with rank^-skew")
      ->capture_default_str();
  verb->add_option("--days", flags->days, "How many days the events span")->capture_default_str();
  verb->add_option("--demo-email", flags->demo_email, "Login of the busiest user")->capture_default_str();
  verb->add_option("--password-file", flags->password_file,
                   "Its first line becomes every user's password; nobody can log in without");
  verb->add_flag("--no-triggers", flags->no_triggers,
                 "Loads with session_replication_role = replica (superuser): faster, but no foreign key is checked and "
                 "no derived column filled");
  verb->add_flag("--json", flags->json, "One JSON object instead of text, no progress bar");
  verb->footer(
      "Examples:\n"
      "  salesflow generate --database-url postgresql://salesflow_owner:…@127.0.0.1/crm\n"
      "  salesflow generate --events 1000000 --seed 7 --now 2026-03-02T09:00:00Z\n"
      "  salesflow generate --scale 10 --json | jq .load_seconds");
  verb->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace salesflow::apps
