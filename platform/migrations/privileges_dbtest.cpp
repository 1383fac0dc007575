// A login that may little, as platforms give it: what it lacks is said at once, with the statements that help; and the
// service's roles as logins.
#include <gtest/gtest.h>

#include <algorithm>

#include "platform/cluster/postgres.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/migrations/logins.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::migrations {
namespace {

using cluster::SqlSession;

/// A cluster of its own: roles belong to the cluster.
struct MigrationRoles : ::testing::Test {
  std::unique_ptr<cluster::PrivatePostgres> server;

  MigrationRoles() {
    cluster::PostgresOptions options;
    options.name = "migration-roles-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name());
    options.name = options.name.substr(0, 30);
    server = cluster::PrivatePostgres::start(test::Servers::instance().home(), options).value();
    run("postgres", "CREATE ROLE manager LOGIN PASSWORD 'p'; CREATE ROLE platform_admin NOLOGIN");
    run("postgres", "CREATE DATABASE crm");
  }
  void run(const std::string& database, const std::string& sql) {
    SqlSession::connect(server->superuser_url(database)).value().run(sql).value();
  }
  std::string ask(const std::string& sql) {
    return SqlSession::connect(server->superuser_url("crm")).value().run(sql).value().value();
  }
  Options options(const std::string& to = {}) {
    Options options;
    options.database_url = server->url("crm", "manager", "p");
    options.to = to;
    return options;
  }
};

/// All statements after "Let an administrator run: ".
std::vector<std::string> statements_in(const std::string& text) {
  std::vector<std::string> statements;
  const std::string words = "Let an administrator run: ";
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    const auto begin = at + words.size(), end = text.find("\n", begin);
    statements.push_back(text.substr(begin, end - begin));
  }
  return statements;
}

// Issue 9, 6: "see what happens for each privilege".
TEST_F(MigrationRoles, EachMissingPrivilegeIsNamedWithTheStatementThatHelps) {
  run("postgres", "REVOKE ALL ON DATABASE crm FROM PUBLIC; GRANT CONNECT ON DATABASE crm TO manager");
  run("crm",
      "CREATE TABLE leads (id uuid PRIMARY KEY, user_id uuid, name text); CREATE TABLE contacts (id uuid PRIMARY KEY); "
      "ALTER TABLE contacts OWNER TO platform_admin");
  const auto planned = plan(options());
  ASSERT_TRUE(planned) << planned.error().public_detail;
  std::vector<std::string> statements;
  for (const auto& obstacle : planned->obstacles) {
    const auto some = statements_in(obstacle);
    statements.insert(statements.end(), some.begin(), some.end());
  }
  EXPECT_EQ(statements.size(), 6u);
  for (const char* needed : {"CREATE ROLE salesflow_owner NOLOGIN;", "GRANT CREATE ON DATABASE crm TO manager;",
                             "GRANT TEMPORARY ON DATABASE crm TO manager;",
                             "GRANT USAGE, CREATE ON SCHEMA public TO manager WITH GRANT OPTION;",
                             "ALTER TABLE public.leads OWNER TO manager;", "GRANT platform_admin TO manager;"}) {
    EXPECT_TRUE(std::any_of(statements.begin(), statements.end(), [&](const std::string& statement) {
      return statement.find(needed) != std::string::npos;
    })) << needed;
  }
  // Whichever is missing, `up` is refused and names it; with all of them it goes through.
  for (std::size_t lacking = 0; lacking <= statements.size(); ++lacking) {
    if (lacking > 0) {
      const auto refused = up(options());
      ASSERT_TRUE(refused.has_error()) << "without " << statements[lacking - 1];
      EXPECT_EQ(refused.error().code, Errc::forbidden) << refused.error().public_detail;
      EXPECT_NE(refused.error().public_detail.find(statements[lacking - 1]), std::string::npos)
          << refused.error().public_detail << "\nwithout " << statements[lacking - 1];
      run("crm", statements[lacking - 1]);
    }
  }
  const auto done = up(options());
  ASSERT_TRUE(done) << done.error().public_detail;
  EXPECT_EQ(std::count(done->to_run.begin(), done->to_run.end(), "GRANT CONNECT ON DATABASE crm TO salesflow_app;"), 1)
      << "PUBLIC may not connect, and manager cannot grant it";
  const auto gone = down(options("none"));
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(ask("SELECT to_regnamespace('salesflow') IS NULL"), "t");
}

// Issue 9, 6: `up` makes logins, or says how.
TEST_F(MigrationRoles, UpSaysWhichRolesCannotLogInYetAndMakesThemLogInOnRequest) {
  run("postgres", "ALTER ROLE manager CREATEROLE; ALTER DATABASE crm OWNER TO manager");
  const auto first = up(options());
  ASSERT_TRUE(first) << first.error().public_detail;
  EXPECT_EQ(first->to_run, (std::vector<std::string>{"ALTER ROLE salesflow_app LOGIN PASSWORD '…';",
                                                     "ALTER ROLE salesflow_auth LOGIN PASSWORD '…';",
                                                     "ALTER ROLE salesflow_worker LOGIN PASSWORD '…';"}));
  auto with = options();
  const std::string secret = "it's a ' secret";
  with.logins = {{"salesflow_app", secret}, {"salesflow_auth", secret}};
  std::string told;
  with.progress = [&](const Progress& progress) { told += progress.text; };
  const auto second = up(with);
  ASSERT_TRUE(second) << second.error().public_detail;
  EXPECT_EQ(second->logins, (std::vector<std::string>{"salesflow_app", "salesflow_auth"}));
  EXPECT_EQ(second->to_run, std::vector<std::string>{"ALTER ROLE salesflow_worker LOGIN PASSWORD '…';"});
  EXPECT_EQ(told.find(secret), std::string::npos);
  EXPECT_TRUE(SqlSession::connect(server->url("crm", "salesflow_app", secret)));
  EXPECT_FALSE(SqlSession::connect(server->url("crm", "salesflow_app", "another")));
  EXPECT_EQ(ask("SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolname IN ('salesflow_app', "
                "'salesflow_auth')"),
            "t");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%secret%' AND pid <> pg_backend_pid()"), "0");
  with.logins = {{"postgres", secret}};
  EXPECT_EQ(up(with).error().code, Errc::invalid_argument);
}

TEST_F(MigrationRoles, ALoginThatMayNotIsToldWhatAnAdministratorRuns) {
  run("postgres", "ALTER ROLE manager CREATEROLE; ALTER DATABASE crm OWNER TO manager");
  ASSERT_TRUE(up(options()));
  run("postgres", "ALTER ROLE manager NOCREATEROLE");
  auto with = options();
  with.logins = {{"salesflow_app", "secret"}};
  const auto refused = up(with);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_NE(refused.error().public_detail.find("ALTER ROLE salesflow_app LOGIN PASSWORD '…';"), std::string::npos);
  EXPECT_EQ(refused.error().public_detail.find("secret"), std::string::npos);
}

TEST(MigrationLogins, AreReadFromTheServicesOwnConnectionStrings) {
  const auto login = login_of("postgresql://salesflow_app:p%40ss@db/crm", "DATABASE_URL", "salesflow_app");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->password, "p@ss");
  EXPECT_EQ(login_of("postgresql://salesflow_app@db/crm", "DATABASE_URL", "salesflow_app").error().code,
            Errc::invalid_argument);
  const auto other = login_of("postgresql://someone:p@db/crm", "DATABASE_URL", "salesflow_app");
  ASSERT_TRUE(other.has_error());
  EXPECT_NE(other.error().public_detail.find("DATABASE_URL must name user salesflow_app"), std::string::npos);
  EXPECT_EQ(login_of("", "DATABASE_URL", "salesflow_app").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace salesflow::migrations
