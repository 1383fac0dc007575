#include "platform/adoption/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/adoption/queries.hpp"
#include "platform/migrations/ledger.hpp"

namespace salesflow::adoption {
namespace {

using migrations::Answer;
using migrations::Session;

Answer run(Session& session, const Query& query) {
  return session.run(std::string(query.text));
}

Error broken(const Answer& answer, const char* doing) {
  return migrations::to_error(answer.error(), doing);
}

void add(std::vector<Check>& checks, const char* name, bool good, const char* otherwise, std::string text,
         std::string remedy = {}) {
  checks.push_back({name, good ? "ok" : otherwise, std::move(text), good ? std::string() : std::move(remedy)});
}

Result<void> check_login(Session& session, std::vector<Check>& checks) {
  const auto row = run(session, sql::read_login);
  if (!row)
    return broken(row, "looking at the login");
  const std::string login = row.cell(0, 0), roles_missing = row.cell(0, 2), others = row.cell(0, 5);
  const bool superuser = row.cell(0, 1) == "t", may_make_roles = row.cell(0, 3) == "t";
  add(checks, "login", true, "", fmt::format("{}{}", login, superuser ? ", a superuser" : ""));
  add(checks, "roles", roles_missing.empty() || may_make_roles, "blocked",
      roles_missing.empty() ? "all five roles exist"
      : may_make_roles      ? "will be made: " + roles_missing
                            : fmt::format("{} are missing, and {} may not make roles", roles_missing, login),
      fmt::format("let an administrator run, for each of them: CREATE ROLE … NOLOGIN; then GRANT salesflow_owner, "
                  "salesflow_search TO {}",
                  login));
  add(checks, "schema", row.cell(0, 4) == "t", "blocked",
      row.cell(0, 4) == "t" ? "schema salesflow can be made" : login + " may not make a schema in this database",
      fmt::format("let an administrator run: GRANT CREATE ON DATABASE {} TO {}",
                  session.run("SELECT quote_ident(current_database())").value(), login));
  add(checks, "owner", others.empty(), "blocked",
      others.empty() ? "the tables are this login's, or of a role it is a member of" : "owned by others: " + others,
      "run adopt as their owner, as a member of that role, or as a superuser");
  return {};
}

Result<void> check_extensions(Session& session, std::vector<Check>& checks) {
  const auto rows = run(session, sql::list_missing_extensions);
  if (!rows)
    return broken(rows, "looking at extensions");
  std::string missing;
  for (int i = 0; i < rows.rows(); ++i)
    missing += (missing.empty() ? "" : ", ") + rows.cell(i, 0);
  add(checks, "extensions", missing.empty(), "blocked",
      missing.empty() ? "btree_gin and pg_trgm are there" : "this server does not offer " + missing,
      "install PostgreSQL's contrib package on the server");
  return {};
}

Result<void> check_sizes(Session& session, std::vector<Check>& checks) {
  const auto rows = run(session, sql::list_table_sizes);
  if (!rows)
    return broken(rows, "looking at sizes");
  std::string text;
  for (int i = 0; i < rows.rows(); ++i) {
    text += fmt::format("{}{} {} rows, {} MB", text.empty() ? "" : "; ", rows.cell(i, 0), rows.cell(i, 1),
                        std::stoll(rows.cell(i, 2)) / (1024 * 1024));
  }
  add(checks, "sizes", true, "", text.empty() ? "no tables yet" : text);
  return {};
}

Result<void> check_leads(Session& session, std::vector<Check>& checks) {
  if (!session
           .run("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.leads') AND attname = "
                "'user_id' AND NOT attisdropped)")
           .truth())
    return {};
  const auto row = run(session, sql::count_leads_without_user);
  if (!row)
    return broken(row, "counting leads without user");
  add(checks, "leads", row.value() == "0", "warning",
      row.value() == "0" ? "every lead has a user" : row.value() + " leads have no user and are seen by nobody",
      "UPDATE leads SET user_id = … WHERE user_id IS NULL, whenever you like; both services take it");
  return {};
}

Result<void> check_rows(Session& session, std::vector<Check>& checks) {
  const auto facts = read_facts(session);
  if (!facts)
    return facts.error();
  const auto plan = propose(*facts, {});
  std::string text;
  for (const auto& assignment : plan->assignments) {
    if (!assignment.org_id)
      text +=
          fmt::format("{}{} {}: {}", text.empty() ? "" : "; ", assignment.rows, assignment.table, assignment.reason);
  }
  add(checks, "rows", text.empty(), "warning",
      text.empty() ? "every contact, deal and task has an organisation"
                   : "without organisation, seen by nobody: " + text,
      "salesflow org adopt, or salesflow org add-member for their users and salesflow org adopt again");
  add(checks, "people", plan->without.empty(), "warning",
      plan->without.empty()
          ? "every user has an organisation"
          : fmt::format("{} users have no organisation, {} first", plan->without.size(), plan->without.front().email),
      "salesflow org adopt --by personal, salesflow org add-member, or SALESFLOW_ORG_PROVISIONING=on for serve");
  return {};
}

Result<void> check_faults(Session& session, std::vector<Check>& checks) {
  const auto rows = run(session, sql::list_faults);
  if (!rows)
    return broken(rows, "looking for faults");
  std::string indexes, keys;
  for (int i = 0; i < rows.rows(); ++i) {
    auto& text = rows.cell(i, 0) == "index" ? indexes : keys;
    text += (text.empty() ? "" : ", ") + rows.cell(i, 1);
  }
  add(checks, "indexes", indexes.empty(), "warning", indexes.empty() ? "all are valid" : "invalid: " + indexes,
      "REINDEX INDEX CONCURRENTLY, or DROP INDEX if nobody needs it");
  add(checks, "foreign keys", keys.empty(), "warning", keys.empty() ? "all are validated" : "old rows break " + keys,
      "they bind new rows only, and nothing waits for them; salesflow migrate backfill counts the rows");
  return {};
}

Result<void> check_logins(Session& session, std::vector<Check>& checks) {
  const auto rows = run(session, sql::list_logins);
  if (!rows)
    return broken(rows, "looking at logins");
  std::string missing, statements;
  for (int i = 0; i < rows.rows(); ++i) {
    if (rows.cell(i, 1) == "t")
      continue;
    missing += (missing.empty() ? "" : ", ") + rows.cell(i, 0);
    statements += fmt::format("{}ALTER ROLE {} LOGIN PASSWORD '…'", statements.empty() ? "" : "; ", rows.cell(i, 0));
  }
  add(checks, "logins", missing.empty(), "warning",
      missing.empty() ? "salesflow_app, _auth and _worker may log in" : "may not log in yet: " + missing, statements);
  return {};
}

}  // namespace

Result<std::vector<Check>> check_database(Session& session) {
  std::vector<Check> checks;
  for (const auto check : {check_login, check_extensions, check_sizes, check_leads}) {
    if (auto done = check(session, checks); !done)
      return done.error();
  }
  return checks;
}

Result<PasswordKinds> count_passwords(Session& session) {
  PasswordKinds kinds;
  if (session.run("SELECT to_regclass('public.users') IS NOT NULL").truth()) {
    const auto rows = run(session, sql::count_user_hashes);
    if (!rows)
      return broken(rows, "counting password hashes");
    for (int i = 0; i < rows.rows(); ++i)
      kinds.users[rows.cell(i, 0)] = std::stoll(rows.cell(i, 1));
  }
  if (session.run("SELECT to_regclass('auth.users') IS NOT NULL").truth()) {
    const auto rows = run(session, sql::count_auth_hashes);
    if (!rows)
      kinds.auth_note = rows.error().message;
    for (int i = 0; rows && i < rows.rows(); ++i)
      kinds.auth_users[rows.cell(i, 0)] = std::stoll(rows.cell(i, 1));
  }
  return kinds;
}

Result<std::vector<Check>> check_adopted(Session& session, const std::vector<std::string>& settings_missing) {
  std::vector<Check> checks;
  for (const auto check : {check_faults, check_leads, check_rows, check_logins}) {
    if (auto done = check(session, checks); !done)
      return done.error();
  }
  std::string missing;
  for (const auto& name : settings_missing)
    missing += (missing.empty() ? "" : ", ") + name;
  add(checks, "settings", missing.empty(), "warning",
      missing.empty() ? "all that serve needs are set here" : "serve needs " + missing,
      fmt::format(
          "the three URLs are postgresql://salesflow_app:…@{0}, …_auth… and …_worker…; JWT_SECRET has 32 bytes or "
          "more. salesflow config prints all",
          session.target()));
  return checks;
}

bool any(const std::vector<Check>& checks, std::string_view state) {
  return std::any_of(checks.begin(), checks.end(), [&](const Check& check) { return check.state == state; });
}

}  // namespace salesflow::adoption
