#include "tests/support/test_database.hpp"

#include <fmt/format.h>

#include <atomic>
#include <stdexcept>

#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

std::atomic<int> databases_made{0};

}  // namespace

TestDatabase::TestDatabase(Schema schema) : name_(fmt::format("test_{}", ++databases_made)) {
  Servers& servers = Servers::instance();
  const std::string from = schema == Schema::empty ? "template0" : servers.template_database();
  // FILE_COPY takes three quarters of WAL_LOG's time for a database of this size.
  servers.administrate(
      fmt::format("CREATE DATABASE {} OWNER salesflow_owner TEMPLATE {} STRATEGY = FILE_COPY", name_, from));
  // A clone has the template's tables and their grants, not the grants on the database itself.
  servers.administrate(
      fmt::format("REVOKE ALL ON DATABASE {0} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE {0} TO salesflow_app, "
                  "salesflow_worker, salesflow_auth",
                  name_));
}

TestDatabase::~TestDatabase() {
  sessions_.clear();
  try {
    Servers::instance().administrate(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name_));
  } catch (const std::exception& error) {
    fmt::print(stderr, "test database {} stays: {}\n", name_, error.what());  // it goes with the server
  }
}

std::string TestDatabase::url(Login login) const {
  Servers& servers = Servers::instance();
  return cluster::login_url(servers.primary(), name_, login, servers.passwords());
}

std::string TestDatabase::pooled_url(Login login) const {
  Servers& servers = Servers::instance();
  const std::string& password =
      login == Login::superuser ? servers.primary().superuser_password() : servers.passwords().of(login);
  return servers.pgbouncer().url(name_, cluster::role_name(login), password);
}

std::string TestDatabase::replica_url(Login login) const {
  Servers& servers = Servers::instance();
  return cluster::login_url(servers.replica(), name_, login, servers.passwords());
}

SqlSession& TestDatabase::session(Login login) {
  auto& session = sessions_[login];
  if (!session) {
    session = std::make_unique<SqlSession>(SqlSession::connect(url(login)).value());
  }
  return *session;
}

SqlRows TestDatabase::run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  return run_as(Login::superuser, sql, parameters);
}

SqlRows TestDatabase::run_as(Login login, const std::string& sql,
                             const std::vector<std::optional<std::string>>& parameters) {
  return session(login).run(sql, parameters).value();
}

SqlRows TestDatabase::run_as_tenant(const std::optional<Uuid>& user_id, const std::optional<Uuid>& org_id,
                                    const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  SqlSession& app = session(Login::app);
  app.run("BEGIN").value();
  app.run("SELECT set_config('app.user_id', $1, true), set_config('app.org_id', $2, true)",
          {user_id ? user_id->to_string() : "", org_id ? org_id->to_string() : ""})
      .value();
  Result<SqlRows> rows = app.run(sql, parameters);
  app.run(rows ? "COMMIT" : "ROLLBACK").value();
  return std::move(rows).value();
}

TestDatabase::Account TestDatabase::create_account(const std::string& email) {
  const Account account{Uuid::v7(), Uuid::v7()};
  run(
      fmt::format("INSERT INTO organizations (id, name) VALUES ({0}, 'Organisation of ' || {2});"
                  "INSERT INTO users (id, email, password_hash, name) VALUES ({1}, {2}, 'none', 'Test User');"
                  "INSERT INTO org_members (org_id, user_id, role) VALUES ({0}, {1}, 'owner')",
                  cluster::quote_literal(account.org_id.to_string()),
                  cluster::quote_literal(account.user_id.to_string()), cluster::quote_literal(email)));
  return account;
}

void TestDatabase::wait_for_replica() {
  cluster::PrivatePostgres& replica = Servers::instance().replica();
  const std::string target = run("SELECT pg_current_wal_flush_lsn()").value();
  SqlSession standby = SqlSession::connect(replica.superuser_url()).value();
  const auto replayed = [&] {
    return standby.run("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", {target}).value().value() == "t";
  };
  if (!wait_until(replayed)) {
    throw std::runtime_error("the replica did not reach " + target);
  }
}

}  // namespace salesflow::test
