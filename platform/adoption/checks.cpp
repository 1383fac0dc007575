#include "platform/adoption/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/adoption/queries.hpp"
#include "platform/migrations/invalid_indexes.hpp"
#include "platform/migrations/ledger.hpp"
#include "platform/migrations/logins.hpp"
#include "platform/migrations/privileges.hpp"

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
  const auto row = session.run("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user");
  if (!row)
    return broken(row, "looking at the login");
  add(checks, "login", true, "", row.cell(0, 0) + (row.cell(0, 1) == "t" ? ", a superuser" : ""));
  const auto files = migrations::embedded_migrations();
  if (!files)
    return files.error();
  const auto missing = migrations::find_missing_privileges(session, *files);
  if (!missing)
    return missing.error();
  std::string what, statements;
  for (const auto& one : *missing) {
    what += (what.empty() ? "" : "; ") + one.what;
    statements += (statements.empty() ? "" : " ") + one.statement;
  }
  add(checks, "privileges", what.empty(), "blocked", what.empty() ? "the login may do all that up needs" : what,
      "let an administrator run: " + statements);
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

/// A role in a table that clients can write may have been written by anybody.
Result<void> check_superadmins(Session& session, std::vector<Check>& checks) {
  if (!session.run("SELECT to_regclass('public.users') IS NOT NULL").truth())
    return {};
  const auto rows = run(session, sql::list_superadmins);
  if (!rows)
    return broken(rows, "looking for superadmins");
  std::string people;
  for (int i = 0; i < rows.rows(); ++i)
    people += (people.empty() ? "" : ", ") + rows.cell(i, 0);
  add(checks, "superadmins", people.empty(), "warning",
      people.empty() ? "nobody sees more than one organisation"
                     : "users.role lets these see and change all of every organisation: " + people,
      "UPDATE users SET role = 'user' WHERE email = … for whoever should not");
  return {};
}

/// Behind FORCE ROW LEVEL SECURITY the rehearsal counts what policies show; up adds one for itself.
Result<void> check_row_security(Session& session, std::vector<Check>& checks) {
  const auto rows = run(session, sql::list_forced_tables);
  if (!rows)
    return broken(rows, "looking at row level security");
  std::string tables;
  for (int i = 0; i < rows.rows(); ++i)
    tables += (tables.empty() ? "" : ", ") + rows.cell(i, 0);
  add(checks, "row security", tables.empty(), "warning",
      tables.empty()
          ? "this login sees every row of the tables"
          : "policies hold for the owner, too, of " + tables + ": the rehearsal may count too few rows there",
      "as a superuser, for exact counts: ALTER ROLE … BYPASSRLS; up and down see all rows without it");
  return {};
}

Result<void> check_addresses(Session& session, std::vector<Check>& checks) {
  if (!session
           .run("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.users') AND attname = "
                "'email' AND NOT attisdropped)")
           .truth())
    return {};
  const auto row = run(session, sql::count_spellings);
  if (!row)
    return broken(row, "counting addresses");
  add(checks, "addresses", row.value() == "0", "warning",
      row.value() == "0" ? "every user has an address of its own"
                         : row.value() + " addresses stand in users in several spellings (Anna@…, anna@…)",
      "a login finds the account spelled as typed, else the one in lower case. See them with SELECT lower(email) FROM "
      "users GROUP BY 1 HAVING count(*) > 1, and give each account an address of its own");
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
  const auto invalid = migrations::find_invalid_indexes(session);
  if (!invalid)
    return invalid.error();
  std::string indexes, mends;
  for (const auto& index : *invalid) {
    indexes += (indexes.empty() ? "" : ", ") + index.name;
    mends += (mends.empty() ? "" : " ") + index.mend;
  }
  add(checks, "indexes", indexes.empty(), "warning", indexes.empty() ? "all are valid" : "invalid: " + indexes, mends);
  const auto rows = run(session, sql::list_broken_keys);
  if (!rows)
    return broken(rows, "looking at foreign keys");
  std::string keys;
  for (int i = 0; i < rows.rows(); ++i)
    keys += (keys.empty() ? "" : ", ") + rows.cell(i, 0);
  add(checks, "foreign keys", keys.empty(), "warning", keys.empty() ? "all are validated" : "old rows break " + keys,
      "they bind new rows only, and nothing waits for them; salesflow migrate backfill counts the rows");
  return {};
}

Result<void> check_logins(Session& session, std::vector<Check>& checks) {
  std::string statements;
  for (const auto& statement : migrations::missing_logins(session))
    statements += (statements.empty() ? "" : " ") + statement;
  add(checks, "logins", statements.empty(), "warning",
      statements.empty() ? "salesflow_app, _auth and _worker may log in" : "the service's roles may not log in yet",
      statements);
  return {};
}

/// Whether passwords of auth.users can be reached; the schema's own note says what its owner must grant.
Result<void> check_auth(Session& session, std::vector<Check>& checks) {
  const auto row = session.run("SELECT a.auth_note FROM salesflow.adoption AS a");
  if (!row)
    return broken(row, "looking at auth.users");
  add(checks, "passwords", row.value().empty(), "warning",
      row.value().empty() ? "all hashes of a known kind can be checked" : "some cannot be used yet", row.value());
  return {};
}

}  // namespace

Result<std::vector<Check>> check_database(Session& session) {
  std::vector<Check> checks;
  for (const auto check : {check_login, check_extensions, check_sizes, check_row_security, check_superadmins,
                           check_leads, check_addresses}) {
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
  for (const auto check : {check_faults, check_leads, check_addresses, check_rows, check_auth, check_logins}) {
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
