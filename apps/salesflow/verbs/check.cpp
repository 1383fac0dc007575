// salesflow check plans: every statement of the service against its header's promises, on any database, for a CI.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>

#include "apps/salesflow/server/queries.hpp"
#include "apps/salesflow/verbs/operating_verbs.hpp"
#include "apps/salesflow/verbs/sample_arguments.hpp"
#include "platform/core/config.hpp"
#include "platform/plans/catalogue_check.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using cluster::SqlSession;
using plans::Checked;
using plans::PlanMode;
using plans::Verdict;

struct Flags {
  std::string database_url, user, org;
  std::vector<std::string> only;
  bool json = false;
};

/// A statement that could not be planned here.
struct Unplanned {
  const CatalogueEntry* entry;
  std::string why;
};

struct Report {
  std::string role;  // whose plans these are
  plans::Tenant tenant;
  std::vector<std::string> notes;
  std::vector<Checked> checked;
  std::vector<Unplanned> unplanned;

  std::int64_t missed() const {
    return std::count_if(checked.begin(), checked.end(), [](const Checked& one) { return !one.broken.empty(); });
  }
  bool ok() const { return missed() == 0 && unplanned.empty(); }
};

int report_error(const Error& error, const Flags& flags) {
  if (flags.json)
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  else
    std::cerr << "salesflow check plans: " << error.public_detail << "\n";
  return 2;
}

Result<std::vector<const CatalogueEntry*>> choose(const Flags& flags) {
  std::vector<const CatalogueEntry*> chosen;
  for (const std::string& name : flags.only) {
    const auto called = [&](const CatalogueEntry& entry) { return plans::is_called(entry, name); };
    if (std::none_of(all_statements().begin(), all_statements().end(), called))
      return fail(Errc::invalid_argument, "no statement is called " + name + "; salesflow explain --list names all");
  }
  for (const CatalogueEntry& entry : all_statements()) {
    const auto names_it = [&](const std::string& name) { return plans::is_called(entry, name); };
    if (entry.unplanned.empty() && (flags.only.empty() || std::any_of(flags.only.begin(), flags.only.end(), names_it)))
      chosen.push_back(&entry);
  }
  if (chosen.empty())
    return fail(Errc::invalid_argument, "none of these statements has a plan to check");
  return chosen;
}

Result<std::optional<Uuid>> read_id(const std::string& text, const char* flag) {
  if (text.empty())
    return std::optional<Uuid>();
  const auto id = Uuid::parse(text);
  if (!id)
    return fail(Errc::invalid_argument, std::string(flag) + " must be a UUID");
  return std::optional(*id);
}

/// The first value of an answer, if it has any.
std::string first_of(const Result<cluster::SqlRows>& answer) {
  return answer && !answer->empty() ? answer->value() : std::string();
}

/// Whose rows samples are taken from: the user with most messages by statistics, where this login sees any.
Result<void> find_tenant(SqlSession& session, const Flags& flags, Report& report) {
  auto user_id = read_id(flags.user, "--user");
  auto org_id = read_id(flags.org, "--org");
  if (!user_id || !org_id)
    return !user_id ? user_id.error() : org_id.error();
  report.tenant = {*user_id, *org_id};
  if (!report.tenant.user_id) {
    std::string found = first_of(
        session.run("SELECT (most_common_vals::text::uuid[])[1] FROM pg_catalog.pg_stats WHERE schemaname = 'public' "
                    "AND tablename = 'message_events' AND attname = 'user_id'"));
    if (found.empty())
      found = first_of(session.run("SELECT user_id FROM public.message_events LIMIT 1"));
    if (found.empty())
      found = first_of(session.run("SELECT user_id FROM public.org_members ORDER BY created_at LIMIT 1"));
    report.tenant.user_id = Uuid::parse(found);
  }
  if (report.tenant.user_id && !report.tenant.org_id) {
    const std::string user = report.tenant.user_id->to_string();
    const auto found =
        session.run(fmt::format("BEGIN READ ONLY; SELECT set_config('app.user_id', '{0}', true); SELECT org_id FROM "
                                "public.org_members WHERE user_id = '{0}' ORDER BY created_at LIMIT 1",
                                user));
    report.tenant.org_id = Uuid::parse(first_of(found));
    if (auto ended = session.run("ROLLBACK"); !ended)
      return ended.error();
  }
  if (!report.tenant.user_id) {
    report.notes.emplace_back(
        "no user was found whose rows could be read: plans are those of a user without rows; give --user");
    report.tenant.user_id = Uuid();
  }
  if (!report.tenant.org_id)
    report.tenant.org_id = Uuid();
  return {};
}

/// Plans are those of salesflow_app, under row level security: by the login itself, or by a role that it may take on.
Result<void> become_service(SqlSession& session, Report& report) {
  const auto role = session.run(std::string(sql::check_role.text));
  if (!role)
    return role.error();
  report.role = role->value();
  if (role->value(0, 3) != "t") {
    report.notes.emplace_back("this database has no SalesFlow tables: salesflow migrate up makes them");
    return {};
  }
  if (role->value(0, 1) != "t" && role->value(0, 2) != "t")
    return {};
  if (auto taken = session.run("SET ROLE salesflow_app"); !taken) {
    return fail(Errc::invalid_argument, report.role + ", which row level security does not bind, may not act as " +
                                            "salesflow_app (" + taken.error().public_detail +
                                            "): give the service's own login");
  }
  report.role = "salesflow_app";
  return {};
}

Result<Report> check_all(SqlSession& session, const Flags& flags, const std::vector<const CatalogueEntry*>& entries) {
  Report report;
  if (auto found = find_tenant(session, flags, report); !found)
    return found.error();
  if (auto became = become_service(session, report); !became)
    return became.error();
  const auto surroundings = plans::Surroundings::read(session);
  if (!surroundings)
    return surroundings.error();
  SampleArguments samples(session, report.tenant);
  for (const CatalogueEntry* entry : entries) {
    const auto arguments = samples.of(*entry);
    if (!arguments) {
      if (arguments.error().code == Errc::unavailable)
        return arguments.error();
      report.unplanned.push_back({entry, "its sample arguments: " + arguments.error().public_detail});
      continue;
    }
    for (const PlanMode mode : {PlanMode::custom, PlanMode::generic}) {
      auto checked = plans::check_plan(session, *surroundings, report.tenant, *entry, *arguments, mode);
      if (checked) {
        report.checked.push_back(std::move(*checked));
        continue;
      }
      if (checked.error().code == Errc::unavailable)
        return checked.error();
      report.unplanned.push_back({entry, checked.error().public_detail});
      break;
    }
  }
  return report;
}

std::string seen_of(const Checked& one) {
  std::string seen = one.run ? fmt::format("{} buffers, {} rows", one.facts.buffers, one.facts.rows) : "not run";
  for (const auto& index : one.facts.indexes)
    seen += ", " + index;
  for (const auto& table : one.facts.sequential)
    seen += ", all of " + table;
  return seen;
}

std::string verdict_of(const Checked& one) {
  std::string text;
  for (const Verdict verdict : one.broken)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", to_string(verdict));
  return text.empty() ? "ok" : text;
}

void print(const Report& report) {
  for (const Checked& one : report.checked) {
    const Query& query = *one.entry->query;
    const std::string budget = one.allowance == 0 ? std::string(query.budget)
                                                  : fmt::format("{} + {} of partitions", query.budget, one.allowance);
    fmt::print("{:<70} {:<8} budget {:<18} seen {:<60} {}{}\n", plans::title_of(query), to_string(one.mode), budget,
               seen_of(one), verdict_of(one), one.small ? " (little data)" : "");
    if (!one.broken.empty())
      fmt::print("    file    {}\n    index   {}\n{}", query.file, query.index, one.facts.text);
  }
  for (const Unplanned& one : report.unplanned)
    fmt::print("{:<70} not planned: {}\n", plans::title_of(*one.entry->query), one.why);
  for (const std::string& note : report.notes)
    fmt::print("note: {}\n", note);
  const auto small =
      std::count_if(report.checked.begin(), report.checked.end(), [](const Checked& c) { return c.small; });
  fmt::print("{} plans as {}: {} missed their promises, {} statements could not be planned\n", report.checked.size(),
             report.role, report.missed(), report.unplanned.size());
  if (small > 0)
    fmt::print(
        "{} of them read tables of less than 100 pages: there only buffers were judged, and that the indexes "
        "exist\n",
        small);
}

json::object to_json(const Checked& one) {
  const Query& query = *one.entry->query;
  json::array broken, indexes, sequential;
  for (const Verdict verdict : one.broken)
    broken.emplace_back(to_string(verdict));
  for (const auto& index : one.facts.indexes)
    indexes.emplace_back(index);
  for (const auto& table : one.facts.sequential)
    sequential.emplace_back(table);
  json::object object{{"name", query.name},
                      {"variant", query.variant},
                      {"file", query.file},
                      {"mode", to_string(one.mode)},
                      {"verdict", to_string(one.verdict())},
                      {"broken", std::move(broken)},
                      {"budget", query.budget},
                      {"index", query.index},
                      {"little_data", one.small},
                      {"run", one.run},
                      {"indexes", std::move(indexes)},
                      {"sequential", std::move(sequential)},
                      {"plan", one.facts.text}};
  if (one.run) {
    object["buffers"] = one.facts.buffers;
    object["buffers_max"] = one.budget();
    object["rows"] = one.facts.rows;
  }
  return object;
}

json::object to_json(const Report& report) {
  json::array statements, unplanned, notes;
  for (const Checked& one : report.checked)
    statements.push_back(to_json(one));
  for (const Unplanned& one : report.unplanned) {
    unplanned.push_back(
        json::object{{"name", one.entry->query->name}, {"variant", one.entry->query->variant}, {"why", one.why}});
  }
  for (const std::string& note : report.notes)
    notes.emplace_back(note);
  const auto id = [](const std::optional<Uuid>& uuid) { return uuid ? json::value(uuid->to_string()) : nullptr; };
  return {{"ok", report.ok()},
          {"role", report.role},
          {"user_id", id(report.tenant.user_id)},
          {"org_id", id(report.tenant.org_id)},
          {"plans", report.checked.size()},
          {"missed", report.missed()},
          {"not_planned", report.unplanned.size()},
          {"notes", std::move(notes)},
          {"statements", std::move(statements)},
          {"unplanned", std::move(unplanned)}};
}

int run_check(const Flags& flags) {
  const auto entries = choose(flags);
  if (!entries)
    return report_error(entries.error(), flags);
  ConfigReader config;
  const std::string url = flags.database_url.empty()
                              ? config.url("DATABASE_URL", "Where requests run, as salesflow_app")
                              : flags.database_url;
  if (url.empty())
    return report_error(fail(Errc::invalid_argument, "give --database-url, or set DATABASE_URL"), flags);
  auto session = SqlSession::connect_settled(url);
  if (!session)
    return report_error(session.error(), flags);
  const auto report = check_all(*session, flags, *entries);
  if (!report)
    return report_error(report.error(), flags);
  if (flags.json)
    std::cout << to_json(*report) << "\n";
  else
    print(*report);
  return report->ok() ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto* check = app.add_subcommand("check", "Checks of a database for a CI");
  check->require_subcommand(1);
  auto* verb = check->add_subcommand("plans", "Every statement's plan and buffers against its header's promises");
  verb->footer(
      "Examples:\n"
      "  salesflow check plans --database-url postgresql://salesflow_app:…@127.0.0.1/crm\n"
      "  salesflow check plans --database-url \"$URL\" --json | jq '.statements[] | select(.verdict != \"ok\")'\n"
      "  salesflow check plans --database-url \"$URL\" --only inbox.list_inbox --only Q1\n\n"
      "Each statement and each of its variants is planned twice, for one tenant's values and for any. Reads are run "
      "in\n"
      "a transaction that is READ ONLY and rolled back, and their buffers are counted; writes are only planned, so "
      "that\n"
      "nothing is changed. A login that row level security does not bind takes on the role salesflow_app. Samples are\n"
      "rows of the user with most messages that the login sees, or of --user. Where all tables of a statement have\n"
      "less than 100 pages, its indexes need only exist. Each partition adds 3 buffers.\n"
      "Exit code 0: all promises are kept; 1: one is missed, or a statement could not be planned; 2: wrong usage, or\n"
      "no connection.");
  auto flags = std::make_shared<Flags>();
  verb->add_option("--database-url,--database", flags->database_url, "Connection string; DATABASE_URL otherwise");
  verb->add_option("--only", flags->only,
                   "This statement only: events.list_events, list_events or Q1; can be repeated");
  verb->add_option("--user", flags->user, "Samples are this user's rows (UUID)");
  verb->add_option("--org", flags->org, "… and this organisation's (UUID); the user's first otherwise");
  verb->add_flag("--json", flags->json, "One JSON object on standard output");
  verb->callback([flags, &exit_code] { exit_code = run_check(*flags); });
}

}  // namespace salesflow::apps
