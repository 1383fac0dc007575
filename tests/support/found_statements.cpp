#include "tests/support/found_statements.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "build_paths.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {
namespace {

/// Longer names first. The lead without a user is the one that found_rows leaves without.
std::vector<std::pair<std::string, std::string>> ids(int user) {
  const int other = user % 8 + 1;
  const auto id = [](std::string_view kind, int of, int i) { return found_id(kind, of, i).to_string(); };
  return {{"@other_contact", id("contact", other, 0)},
          {"@conversation", id("conversation", user, 0)},
          {"@other_lead", id("lead", other, 0)},
          {"@other_user", found_user(other).to_string()},
          {"@orphan_lead", id("lead", 1, 1)},
          {"@other_org", found_org(other).to_string()},
          {"@contact", id("contact", user, 0)},
          {"@lead2", id("lead", user, 1)},
          {"@lead", id("lead", user, 0)},
          {"@deal", id("deal", user, 0)},
          {"@task", id("task", user, 0)},
          {"@user", found_user(user).to_string()},
          {"@org", found_org(user).to_string()}};
}

/// Puts the ids in: quoted, unless JSON quotes them already.
std::string with_ids(std::string sql, int user) {
  for (const auto& [name, id] : ids(user)) {
    for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name, at + id.size()))
      sql.replace(at, name.size(), at > 0 && sql[at - 1] == '"' ? id : "'" + id + "'");
  }
  return sql;
}

}  // namespace

std::vector<OldStatement> old_statements(const FoundShape& shape, int user) {
  std::ifstream file(SALESFLOW_SOURCE_DIR "/tests/support/found_statements.sql");
  std::vector<OldStatement> all;
  bool wanted = false;
  for (std::string line; std::getline(file, line);) {
    const auto bar = line.find(" | "), last = line.rfind(" | ");
    if (line.starts_with("-- ") && bar != last) {
      wanted = has_all(shape, line.substr(last + 3));
      if (wanted)
        all.push_back({line.substr(3, bar - 3), line.substr(bar + 3, last - bar - 3), "", user});
    } else if (wanted && !line.starts_with("--")) {
      all.back().sql += line + "\n";
    }
  }
  if (all.size() < 30)
    throw std::runtime_error("found_statements.sql cannot be read");
  for (auto& statement : all)
    statement.sql = with_ids(statement.sql, user);
  return all;
}

std::string run_old_statement(cluster::SqlSession& session, const OldStatement& statement, bool keep) {
  session.run("BEGIN").value();
  const std::string role = statement.role == "owner" ? "postgres" : statement.role;
  const std::string claims =
      fmt::format(R"({{"sub": "{}", "role": "{}"}})", found_user(statement.user).to_string(), role);
  session.run("SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true)", {role, claims})
      .value();
  const auto rows = session.run(statement.sql);
  const std::string problem = rows ? "" : session.last_sqlstate() + ": " + rows.error().public_detail;
  session.run(rows && keep ? "COMMIT" : "ROLLBACK").value();
  return problem;
}

}  // namespace salesflow::test
