// salesflow explain: what PostgreSQL makes of our statements on a real database, against what their headers promise.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>

#include "apps/salesflow/server/queries.hpp"
#include "apps/salesflow/verbs/sample_arguments.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/core/config.hpp"
#include "platform/plans/catalogue_check.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using cluster::SqlSession;
using plans::PlanMode;
using plans::Verdict;

struct Flags {
  std::vector<std::string> names;
  std::string variant, user, org, database_url;
  bool all = false, variants = false, json = false;
};

/// Adds the statements called `name` to `chosen`; "" means all that have a plan. False: no such statement or variant.
bool add_called(const std::string& name, const Flags& flags, std::vector<const CatalogueEntry*>& chosen) {
  const auto before = chosen.size();
  std::string_view previous;
  for (const CatalogueEntry& entry : all_statements()) {
    const bool first = entry.query->name != std::exchange(previous, entry.query->name);
    if (name.empty() ? !entry.unplanned.empty() : !plans::is_called(entry, name))
      continue;
    if (flags.variants || (flags.variant.empty() ? first : entry.query->variant == flags.variant))
      chosen.push_back(&entry);
  }
  return chosen.size() > before;
}

Result<std::vector<const CatalogueEntry*>> choose(const Flags& flags) {
  std::vector<const CatalogueEntry*> chosen;
  if (flags.all)
    add_called("", flags, chosen);
  for (const auto& name : flags.names) {
    if (!add_called(name, flags, chosen)) {
      return fail(Errc::invalid_argument,
                  fmt::format("no statement is called {}{}; --list names all", name,
                              flags.variant.empty() ? "" : " or has a variant " + flags.variant));
    }
  }
  if (chosen.empty())
    return fail(Errc::invalid_argument, "name a statement: Q1 to Q10, inbox.list_inbox, or --all");
  return chosen;
}

/// The login must be bound by row level security: a plan without it is another plan.
Result<void> check_login(SqlSession& session) {
  const auto role = session.run(std::string(sql::check_role.text));
  if (!role)
    return role.error();
  if (role->value(0, 1) == "t" || role->value(0, 2) == "t") {
    return fail(Errc::invalid_argument,
                "DATABASE_URL logs in as " + role->value() +
                    ", which row level security does not bind; explain needs the service's login, salesflow_app");
  }
  if (role->value(0, 3) != "t")
    return fail(Errc::invalid_argument, "this database is not migrated");
  return {};
}

Result<std::optional<Uuid>> parse_id(const std::string& text, const char* flag) {
  if (text.empty())
    return std::optional<Uuid>();
  const auto id = Uuid::parse(text);
  if (!id)
    return fail(Errc::invalid_argument, std::string(flag) + " must be a UUID");
  return std::optional(*id);
}

/// The tenant of --user and --org; without a user the one with most messages, by the statistics that the migrations'
/// login reads. Without an organisation the user's first, which row level security shows to its member.
Result<plans::Tenant> find_tenant(SqlSession& app, const Flags& flags, const std::string& owner_url) {
  plans::Tenant tenant;
  auto user_id = parse_id(flags.user, "--user");
  auto org_id = parse_id(flags.org, "--org");
  if (!user_id || !org_id)
    return !user_id ? user_id.error() : org_id.error();
  tenant = {*user_id, *org_id};
  if (!tenant.user_id) {
    if (owner_url.empty()) {
      return fail(Errc::invalid_argument,
                  "give --user, or set MIGRATION_DATABASE_URL: under row level security nobody sees who has most rows");
    }
    auto owner = SqlSession::connect_settled(owner_url);
    if (!owner)
      return owner.error();
    const auto busiest = owner->run(
        "SELECT coalesce((SELECT (most_common_vals::text::uuid[])[1] FROM pg_stats WHERE schemaname = 'public' "
        "AND tablename = 'message_events' AND attname = 'user_id'), "
        "(SELECT user_id FROM public.message_events GROUP BY 1 ORDER BY count(*) DESC LIMIT 1))");
    if (!busiest)
      return busiest.error();
    if (busiest->value().empty())
      return fail(Errc::not_found, "there are no messages: give --user and --org");
    tenant.user_id = Uuid::parse(busiest->value()).value();
  }
  if (!tenant.org_id) {
    const auto membership = app.run(
        fmt::format("BEGIN; SELECT set_config('app.user_id', '{0}', true); SELECT org_id FROM public.org_members "
                    "WHERE user_id = '{0}' ORDER BY created_at LIMIT 1",
                    tenant.user_id->to_string()));
    auto ended = app.run("ROLLBACK");
    if (!membership || !ended)
      return !membership ? membership.error() : ended.error();
    if (membership->empty())
      return fail(Errc::not_found, "user " + tenant.user_id->to_string() + " belongs to no organisation: give --org");
    tenant.org_id = Uuid::parse(membership->value()).value();
  }
  return tenant;
}

Result<std::vector<plans::Checked>> explain_all(SqlSession& app, const plans::Tenant& tenant,
                                                const std::vector<const CatalogueEntry*>& entries) {
  const auto surroundings = plans::Surroundings::read(app);
  if (!surroundings)
    return surroundings.error();
  SampleArguments samples(app, tenant);
  std::vector<plans::Checked> all;
  for (const CatalogueEntry* entry : entries) {
    if (!entry->unplanned.empty()) {
      return fail(Errc::invalid_argument, fmt::format("{}: plan {}", entry->query->name, entry->unplanned));
    }
    auto arguments = samples.of(*entry);
    if (!arguments)
      return arguments.error();
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      auto checked = plans::check_plan(app, *surroundings, tenant, *entry, *arguments, mode);
      if (!checked)
        return checked.error();
      all.push_back(std::move(*checked));
    }
  }
  return all;
}

void print(const plans::Checked& one, bool with_plan) {
  const Query& query = *one.entry->query;
  const std::string cost = one.run ? fmt::format("{} of {} buffers, {} rows, {:.1f} ms", one.facts.buffers,
                                                 one.budget(), one.facts.rows, one.facts.milliseconds)
                                   : std::string("writes: planned, not run");
  fmt::print("{:<4}{:<70} {:<8}{:<48} {}{}\n", one.entry->hotspot, plans::title_of(query), to_string(one.mode), cost,
             to_string(one.verdict()), one.small ? " (small tables: only the budget counts)" : "");
  if (with_plan || !one.broken.empty()) {
    std::string broken;
    for (const Verdict verdict : one.broken)
      broken += fmt::format("{}{}", broken.empty() ? "" : ", ", to_string(verdict));
    fmt::print("    file    {}\n    index   {}\n    budget  {} shared buffers\n{}{}\n", query.file, query.index,
               query.budget, broken.empty() ? "" : "    broken  " + broken + "\n", one.facts.text);
  }
}

json::object to_json(const plans::Checked& one) {
  const Query& query = *one.entry->query;
  json::array broken, indexes;
  for (const Verdict verdict : one.broken)
    broken.emplace_back(to_string(verdict));
  for (const auto& index : one.facts.indexes)
    indexes.emplace_back(index);
  json::object object{{"name", query.name},
                      {"variant", query.variant},
                      {"hotspot", one.entry->hotspot},
                      {"file", query.file},
                      {"mode", to_string(one.mode)},
                      {"verdict", to_string(one.verdict())},
                      {"broken", std::move(broken)},
                      {"small", one.small},
                      {"run", one.run},
                      {"indexes", std::move(indexes)},
                      {"plan", one.facts.text}};
  if (one.run) {
    object["buffers"] = one.facts.buffers;
    object["budget"] = one.budget();
    object["rows"] = one.facts.rows;
    object["milliseconds"] = one.facts.milliseconds;
  }
  return object;
}

int report_error(const Error& error, const Flags& flags) {
  if (flags.json) {
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  } else {
    std::cerr << "salesflow explain: " << error.public_detail << "\n";
  }
  return error.code == Errc::invalid_argument ? 2 : 1;
}

int list_statements() {
  for (const CatalogueEntry& entry : all_statements())
    fmt::print("{:<4}{}{}\n", entry.hotspot, plans::title_of(*entry.query),
               entry.unplanned.empty() ? "" : fmt::format("   (plan: {})", entry.unplanned));
  return 0;
}

int run_explain(const Flags& flags) {
  const auto entries = choose(flags);
  if (!entries)
    return report_error(entries.error(), flags);
  ConfigReader config;
  const std::string url = flags.database_url.empty()
                              ? config.url("DATABASE_URL", "Where requests run, as salesflow_app")
                              : flags.database_url;
  const std::string owner_url = config.url("MIGRATION_DATABASE_URL", "Where migrations run, as salesflow_owner");
  if (url.empty())
    return report_error(fail(Errc::invalid_argument, "set DATABASE_URL, the service's own login, or give --database"),
                        flags);
  auto app = SqlSession::connect_settled(url);
  if (!app)
    return report_error(app.error(), flags);
  if (auto allowed = check_login(*app); !allowed)
    return report_error(allowed.error(), flags);
  const auto tenant = find_tenant(*app, flags, owner_url);
  if (!tenant)
    return report_error(tenant.error(), flags);
  const auto all = explain_all(*app, *tenant, *entries);
  if (!all)
    return report_error(all.error(), flags);

  const auto bad =
      std::count_if(all->begin(), all->end(), [](const plans::Checked& one) { return !one.broken.empty(); });
  if (flags.json) {
    json::array statements;
    for (const plans::Checked& one : *all)
      statements.push_back(to_json(one));
    std::cout << json::object{{"ok", bad == 0},
                              {"user_id", tenant->user_id->to_string()},
                              {"org_id", tenant->org_id->to_string()},
                              {"plans", all->size()},
                              {"bad", bad},
                              {"statements", std::move(statements)}}
              << "\n";
  } else {
    for (const plans::Checked& one : *all)
      print(one, !flags.all);
    fmt::print("{} plans as user {} of organisation {}: {} bad\n", all->size(), tenant->user_id->to_string(),
               tenant->org_id->to_string(), bad);
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("explain", "Plan, buffers, budget and verdict of the service's statements");
  verb->footer(
      "Examples:\n"
      "  salesflow explain Q1 --user 0192f3a0-0000-7000-8000-000000000001   the event list of one user\n"
      "  salesflow explain Q5 Q7                                            of the tenant with most messages\n"
      "  salesflow explain inbox.list_inbox --variant sort=newest+status\n"
      "  salesflow explain --all --json | jq '.statements[] | select(.verdict != \"ok\")'\n"
      "  salesflow explain --list\n\n"
      "It logs in with DATABASE_URL as the service does, under row level security, and shows each statement's custom "
      "and\n"
      "generic plan with the arguments of a first page. Without --user it takes the user with most messages, whom it\n"
      "asks of MIGRATION_DATABASE_URL; without --org that user's first organisation. Reads are run and measured warm,\n"
      "writes are only planned. Verdicts: ok, over budget, wrong index, seq scan, sort; exit code 1 when one is not "
      "ok,\n"
      "2 for wrong usage. Where all tables of a statement have less than 100 pages, only the budget counts.");
  auto flags = std::make_shared<Flags>();
  auto list = std::make_shared<bool>(false);
  verb->add_option("statements", flags->names, "Q1 to Q10, or names as in --list");
  verb->add_flag("--all", flags->all, "Every statement, one line each; plans of bad ones only");
  verb->add_option("--variant", flags->variant, "This variant instead of the first one");
  verb->add_flag("--variants", flags->variants, "Every variant");
  verb->add_option("--user", flags->user, "User id (UUID)");
  verb->add_option("--org", flags->org, "Organisation id (UUID)");
  verb->add_option("--database,--database-url", flags->database_url, "Connection string; DATABASE_URL otherwise");
  verb->add_flag("--json", flags->json, "One JSON object on standard output");
  verb->add_flag("--list", *list, "Names of all statements and variants; needs no database");
  verb->callback([flags, list, &exit_code] { exit_code = *list ? list_statements() : run_explain(*flags); });
}

}  // namespace salesflow::apps
