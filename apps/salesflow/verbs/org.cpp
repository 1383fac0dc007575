// salesflow org list | create | add-member | set-country | adopt: flags and exit codes; the work is platform/adoption.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "apps/salesflow/terminal/progress_lines.hpp"
#include "apps/salesflow/verbs/migration_login.hpp"
#include "apps/salesflow/verbs/org_report.hpp"
#include "apps/salesflow/verbs/verbs.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

struct Flags {
  std::string database_url, name, owner, organization, user, role = "member", by, country;
  bool json = false, dry_run = false, trust_rows = false;
};

int report_error(const Error& error, const Flags& flags) {
  if (flags.json)
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  else
    std::cerr << "salesflow org: " << error.public_detail << "\n";
  return 1;
}

int run_list(const Flags& flags) {
  auto session = open_migration_session(flags.database_url);
  if (!session)
    return report_error(session.error(), flags);
  const auto rows = adoption::list_organizations(*session);
  if (!rows)
    return report_error(rows.error(), flags);
  if (flags.json) {
    json::array list;
    for (const auto& row : *rows)
      list.push_back(to_json(row));
    std::cout << json::object{{"ok", true}, {"organizations", list}} << "\n";
    return 0;
  }
  for (const auto& row : *rows)
    fmt::print("{}  {:<32} {:>5} members  {}\n", row.id, row.name, row.members,
               row.owners.empty() ? "no owner" : row.owners);
  fmt::print("{} organisations\n", rows->size());
  return 0;
}

int run_create(const Flags& flags) {
  auto session = open_migration_session(flags.database_url);
  if (!session)
    return report_error(session.error(), flags);
  const auto made = adoption::create_organization(*session, flags.name, flags.owner);
  if (!made)
    return report_error(made.error(), flags);
  if (flags.json)
    std::cout << json::object{{"ok", true}, {"id", made->to_string()}, {"name", flags.name}} << "\n";
  else
    fmt::print("{} \"{}\", owned by {}\n", made->to_string(), flags.name, flags.owner);
  return 0;
}

int run_add_member(const Flags& flags) {
  auto session = open_migration_session(flags.database_url);
  if (!session)
    return report_error(session.error(), flags);
  const auto added = adoption::add_member(*session, flags.organization, flags.user, flags.role);
  if (!added)
    return report_error(added.error(), flags);
  if (flags.json)
    std::cout << json::object{{"ok", true}, {"added", *added}} << "\n";
  else if (*added)
    fmt::print("{} belongs to {} now; salesflow org adopt gives it the rows of its own that have no organisation\n",
               flags.user, flags.organization);
  else
    fmt::print("{} belonged to {} already; nothing was changed\n", flags.user, flags.organization);
  return 0;
}

int run_set_country(const Flags& flags) {
  auto session = open_migration_session(flags.database_url);
  if (!session)
    return report_error(session.error(), flags);
  const auto changed =
      adoption::set_country(*session, flags.organization, flags.country == "none" ? "" : flags.country);
  if (!changed)
    return report_error(changed.error(), flags);
  if (flags.json)
    std::cout << json::object{{"ok", true}, {"changed", *changed}} << "\n";
  else if (*changed)
    fmt::print("National phone numbers {}are of {} now; leads have the keys of theirs again\n",
               flags.organization.empty() ? "" : "of " + flags.organization + " ", flags.country);
  else
    fmt::print("It was so already; nothing was changed\n");
  return 0;
}

int run_adopt(const Flags& flags) {
  auto options = migration_login(flags.database_url);
  if (!options)
    return report_error(options.error(), flags);
  if (!flags.json)
    options->progress = print_progress;
  adoption::AdoptOptions wanted;
  wanted.name = flags.name;
  wanted.dry_run = flags.dry_run;
  wanted.trust_rows = flags.trust_rows;
  if (!flags.by.empty()) {
    auto by = adoption::parse_by(flags.by);
    if (!by)
      return report_error(by.error(), flags);
    wanted.by = std::move(*by);
  }
  const auto report = adoption::adopt_organizations(*options, wanted);
  if (!report)
    return report_error(report.error(), flags);
  if (flags.json)
    std::cout << to_json(*report) << "\n";
  else
    print(*report, stdout);
  return 0;
}

}  // namespace

void add_org(CLI::App& app, int& exit_code) {
  auto* org = app.add_subcommand("org", "Organisations: list, make, fill with members, adopt from what is found");
  org->require_subcommand(1);
  org->footer(
      "Examples:\n"
      "  salesflow org adopt --by org-id --dry-run\n"
      "  salesflow org adopt --by org-id,personal    what rows name as organisation, then one of their own for the "
      "rest\n"
      "  salesflow org adopt --by domain             colleagues by the domain of their address; free mail is no "
      "domain\n"
      "  salesflow org adopt --by single --name \"Muster GmbH\"\n"
      "  salesflow org adopt                         no new members; rows without organisation get their user's\n"
      "  salesflow org list --json\n"
      "  salesflow org create --name \"Muster GmbH\" --owner anna@muster.at\n"
      "  salesflow org set-country --org \"Muster GmbH\" --country AT    whose national phone numbers its leads have\n"
      "  salesflow org set-country --country DE                      those of all others (SALESFLOW_DEFAULT_COUNTRY)\n"
      "  salesflow org add-member --org \"Muster GmbH\" --user ben@muster.at --role admin\n"
      "It logs in with MIGRATION_DATABASE_URL. Every verb can be repeated. Exit code 0: done; 1: not.");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* sentence, int (*run)(const Flags&)) {
    auto* verb = org->add_subcommand(name, sentence);
    verb->add_option("--database", flags->database_url, "Connection string; MIGRATION_DATABASE_URL otherwise");
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
    verb->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return verb;
  };
  add("list", "All organisations with their members' number and owners", run_list);
  auto* create = add("create", "Make an organisation", run_create);
  create->add_option("--name", flags->name, "Its name, 1 to 200 characters")->required();
  create->add_option("--owner", flags->owner, "The user who owns it: e-mail address or UUID")->required();
  auto* add_member = add("add-member", "Make a user a member", run_add_member);
  add_member->add_option("--org", flags->organization, "Organisation: UUID or name")->required();
  add_member->add_option("--user", flags->user, "User: e-mail address or UUID")->required();
  add_member->add_option("--role", flags->role, "owner, admin or member")
      ->check(CLI::IsMember({"owner", "admin", "member"}))
      ->capture_default_str();
  auto* set_country =
      add("set-country", "Say of which country national phone numbers are (0664 1234567)", run_set_country);
  set_country->add_option("--org", flags->organization, "Organisation: UUID or name; without it, of all that say none");
  set_country->add_option("--country", flags->country, "Two capital letters such as AT; none: nobody knows")
      ->required();
  auto* adopt = add("adopt", "Make organisations and memberships of what is found, and give rows theirs", run_adopt);
  adopt->add_option("--by", flags->by, "How users get theirs, in this order: org-id, domain, personal, single");
  adopt->add_option("--name", flags->name, "Name of the one organisation, with --by single");
  adopt->add_flag("--trust-rows", flags->trust_rows, trust_rows_sentence);
  adopt->add_flag("--dry-run", flags->dry_run, "Say what would be done; change nothing");
}

}  // namespace salesflow::apps
