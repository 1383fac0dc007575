#include "platform/cluster/roles.hpp"

#include <fmt/format.h>

#include <array>
#include <sstream>

#include "platform/cluster/sql_session.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::cluster {
namespace {

constexpr std::array service_logins{Login::owner, Login::app, Login::worker, Login::auth};

std::string& member(RolePasswords& passwords, Login login) {
  return const_cast<std::string&>(passwords.of(login));
}

}  // namespace

std::string_view role_name(Login login) noexcept {
  switch (login) {
    case Login::superuser:
      return "postgres";
    case Login::owner:
      return "salesflow_owner";
    case Login::app:
      return "salesflow_app";
    case Login::worker:
      return "salesflow_worker";
    case Login::auth:
      return "salesflow_auth";
  }
  return {};
}

const std::string& RolePasswords::of(Login login) const {
  switch (login) {
    case Login::app:
      return app;
    case Login::worker:
      return worker;
    case Login::auth:
      return auth;
    default:
      return owner;
  }
}

RolePasswords RolePasswords::random() {
  return {.owner = random_hex(24), .app = random_hex(24), .worker = random_hex(24), .auth = random_hex(24)};
}

Result<RolePasswords> RolePasswords::read_or_create(const std::filesystem::path& file) {
  RolePasswords passwords;
  std::istringstream lines(read_small_file(file));
  for (std::string line; std::getline(lines, line);) {
    for (const Login login : service_logins) {
      const std::string key = std::string(role_name(login)) + "=";
      if (line.starts_with(key)) {
        member(passwords, login) = line.substr(key.size());
      }
    }
  }
  std::string text;
  bool incomplete = false;
  for (const Login login : service_logins) {
    std::string& password = member(passwords, login);
    if (password.empty()) {
      password = random_hex(24);
      incomplete = true;
    }
    text += fmt::format("{}={}\n", role_name(login), password);
  }
  if (incomplete) {
    if (Result<void> written = write_private_file(file, text); !written) {
      return written.error();
    }
  }
  return passwords;
}

Result<void> ensure_roles(const PrivatePostgres& server, const RolePasswords& passwords) {
  Result<SqlSession> session = SqlSession::connect(server.superuser_url());
  if (!session) {
    return session.error();
  }
  std::string sql;
  const auto ensure = [&sql](std::string_view role, const std::string& login) {
    sql += fmt::format(
        "DO $$ BEGIN IF to_regrole('{0}') IS NULL THEN CREATE ROLE {0}; END IF; END $$;\n"
        "ALTER ROLE {0} {1};\n",
        role, login);
  };
  for (const Login login : service_logins) {
    ensure(role_name(login), "LOGIN PASSWORD " + quote_literal(passwords.of(login)));
  }
  ensure("salesflow_search", "NOLOGIN");
  sql += "GRANT salesflow_search TO salesflow_owner;";
  const Result<SqlRows> done = session->run(sql);
  return done ? Result<void>() : Result<void>(done.error());
}

Result<void> ensure_database(const PrivatePostgres& server, std::string_view name) {
  Result<SqlSession> session = SqlSession::connect(server.superuser_url());
  if (!session) {
    return session.error();
  }
  const Result<SqlRows> found = session->run("SELECT 1 FROM pg_database WHERE datname = $1", {std::string(name)});
  if (!found) {
    return found.error();
  }
  if (!found->empty()) {
    return {};
  }
  const std::string identifier = quote_identifier(name);
  for (const std::string& statement : {"CREATE DATABASE " + identifier + " OWNER salesflow_owner",
                                       "REVOKE ALL ON DATABASE " + identifier + " FROM PUBLIC"}) {
    if (const Result<SqlRows> done = session->run(statement); !done) {
      return done.error();
    }
  }
  return {};
}

std::string login_url(const PrivatePostgres& server, std::string_view database, Login login,
                      const RolePasswords& passwords) {
  return login == Login::superuser ? server.superuser_url(database)
                                   : server.url(database, role_name(login), passwords.of(login));
}

}  // namespace salesflow::cluster
