// salesflow operator list | add | remove: who may read /api/ops beside superadmins.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "apps/salesflow/verbs/migration_login.hpp"
#include "apps/salesflow/verbs/operating_verbs.hpp"
#include "platform/adoption/operators.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

struct Flags {
  std::string database_url, user;
  bool json = false;
};

int report_error(const Error& error, const Flags& flags) {
  if (flags.json)
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  else
    std::cerr << "salesflow operator: " << error.public_detail << "\n";
  return 1;
}

int run_list(const Flags& flags) {
  auto session = open_migration_session(flags.database_url);
  if (!session)
    return report_error(session.error(), flags);
  const auto rows = adoption::list_operators(*session);
  if (!rows)
    return report_error(rows.error(), flags);
  if (flags.json) {
    json::array list;
    for (const auto& row : *rows)
      list.push_back(json::object{{"id", row.id}, {"email", row.email}, {"superadmin", row.is_superadmin}});
    std::cout << json::object{{"ok", true}, {"operators", list}} << "\n";
    return 0;
  }
  for (const auto& row : *rows)
    fmt::print("{}  {:<40} {}\n", row.id, row.email, row.is_superadmin ? "superadmin" : "operator");
  fmt::print("{} may read /api/ops\n", rows->size());
  return 0;
}

int run_set(const Flags& flags, bool is_operator) {
  auto session = open_migration_session(flags.database_url);
  if (!session)
    return report_error(session.error(), flags);
  const auto changed = adoption::set_operator(*session, flags.user, is_operator);
  if (!changed)
    return report_error(changed.error(), flags);
  if (flags.json)
    std::cout << json::object{{"ok", true}, {"changed", *changed}} << "\n";
  else if (*changed)
    fmt::print("{} is {} now, from the next request on\n", flags.user, is_operator ? "an operator" : "no operator");
  else
    fmt::print("It was so already; nothing was changed\n");
  return 0;
}

}  // namespace

void add_operator(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("operator", "Operators, who may read /api/ops: list, add, remove");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  salesflow operator add --user anna@muster.at\n"
      "  salesflow operator remove --user 0192f3a0-0000-7000-8000-000000000001\n"
      "  salesflow operator list --json\n"
      "An operator reads what /api/ops tells of the service and changes nothing; a superadmin (users.role) may do\n"
      "both. An agent gets a token of an operator: salesflow token --user UUID. It logs in with\n"
      "MIGRATION_DATABASE_URL. Every verb can be repeated. Exit code 0: done; 1: not.");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* sentence, int (*run)(const Flags&)) {
    auto* sub = verb->add_subcommand(name, sentence);
    sub->add_option("--database", flags->database_url, "Connection string; MIGRATION_DATABASE_URL otherwise");
    sub->add_flag("--json", flags->json, "One JSON object on standard output");
    sub->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return sub;
  };
  add("list", "Operators and superadmins", run_list);
  for (auto* sub : {add("add", "Make a user an operator", [](const Flags& all) { return run_set(all, true); }),
                    add("remove", "Take it back", [](const Flags& all) { return run_set(all, false); })})
    sub->add_option("--user", flags->user, "E-mail address or UUID")->required();
}

}  // namespace salesflow::apps
