#include "platform/migrations/logins.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {
namespace {

constexpr std::array service_roles{"salesflow_app", "salesflow_auth", "salesflow_worker"};

std::string statement_for(const std::string& role) {
  return fmt::format("ALTER ROLE {} LOGIN PASSWORD '…';", role);
}

}  // namespace

Result<RoleLogin> login_of(const std::string& conninfo, const std::string& setting, const std::string& role) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  if (conninfo.empty() || !options) {
    return fail(
        Errc::invalid_argument,
        fmt::format("{} must be a connection string with user {} and its password, for --logins", setting, role));
  }
  RoleLogin login;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string keyword = option->keyword, value = option->val == nullptr ? "" : option->val;
    login.role = keyword == "user" ? value : login.role;
    login.password = keyword == "password" ? value : login.password;
  }
  if (login.role != role || login.password.empty()) {
    return fail(Errc::invalid_argument,
                fmt::format("{} must name user {} and a password, for --logins", setting, role));
  }
  return login;
}

std::vector<std::string> missing_logins(Session& session) {
  std::vector<std::string> statements;
  for (const std::string role : service_roles) {
    if (session.run("SELECT NOT rolcanlogin FROM pg_roles WHERE rolname = $1", {role}).truth()) {
      statements.push_back(statement_for(role));
    }
    // Some platforms take CONNECT away from PUBLIC, and a migrating login may lack the right to grant it.
    const auto closed = session.run(
        "SELECT format('GRANT CONNECT ON DATABASE %I TO %I;', current_database(), rolname) FROM pg_roles WHERE rolname "
        "= $1 AND NOT has_database_privilege(oid, current_database(), 'CONNECT')",
        {role});
    if (closed && closed.rows() > 0) {
      statements.push_back(closed.value());
    }
  }
  return statements;
}

Result<void> set_logins(Session& session, const std::vector<RoleLogin>& logins, std::vector<std::string>& done) {
  for (const auto& login : logins) {
    if (std::find(service_roles.begin(), service_roles.end(), login.role) == service_roles.end()) {
      return fail(Errc::invalid_argument, login.role + " is no role of the service", "logins");
    }
    const auto verifier = session.password_verifier(login.password, login.role);
    if (!verifier) {
      return verifier.error();
    }
    // A verifier is letters, digits, +, /, =, $, : and -.
    const auto set = session.run(fmt::format("ALTER ROLE {} LOGIN PASSWORD '{}'", login.role, *verifier));
    if (!set) {
      auto error = to_error(set.error(), "letting " + login.role + " log in");
      error.public_detail += ". Everything else is done. Let an administrator run: " + statement_for(login.role);
      return error;
    }
    done.push_back(login.role);
  }
  return {};
}

}  // namespace salesflow::migrations
