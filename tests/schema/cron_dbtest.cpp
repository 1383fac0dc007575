// The schedules of the materialized views where pg_cron is installed, made by an owner who is no superuser.
#include <gtest/gtest.h>

#include "platform/cluster/postgres.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using cluster::Login;
using test::SqlSession;

TEST(RefreshSchedules, AreMadeWithPgCronAndEndWithDown) {
  auto& servers = test::Servers::instance();
  auto primary = SqlSession::connect(servers.primary().superuser_url()).value();
  if (primary.run("SELECT FROM pg_available_extensions WHERE name = 'pg_cron'").value().empty()) {
    // Runs wherever script/bootstrap could install postgresql-15-cron.
    GTEST_SKIP() << "pg_cron is not installed here";
  }
  cluster::PostgresOptions own;
  own.name = "migrations-cron";
  own.settings = {{"shared_preload_libraries", "pg_cron"}, {"cron.database_name", "scheduled"}};
  auto server = cluster::PrivatePostgres::start(servers.home(), own).value();
  const auto passwords = cluster::RolePasswords::random();
  cluster::ensure_roles(*server, passwords).value();
  cluster::ensure_database(*server, "scheduled").value();
  auto admin = SqlSession::connect(server->superuser_url("scheduled")).value();
  admin.run("CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO salesflow_owner").value();
  admin.run("SELECT cron.schedule('theirs', '0 0 * * *', 'SELECT 1')").value();

  Options options;
  options.database_url = cluster::login_url(*server, "scheduled", Login::owner, passwords);
  const auto report = up(options);
  ASSERT_TRUE(report) << report.error().public_detail;
  const auto jobs = admin.run("SELECT username, command FROM cron.job WHERE jobname LIKE 'salesflow-%'").value();
  ASSERT_EQ(jobs.rows.size(), 3U);
  auto owner = SqlSession::connect(options.database_url).value();
  for (std::size_t i = 0; i < jobs.rows.size(); ++i) {
    EXPECT_EQ(jobs.value(i, 0), "salesflow_owner");
    EXPECT_EQ(owner.run(jobs.value(i, 1)).value().value(), "f") << "nobody reads it, nobody refreshes it";
  }
  owner.run("SELECT salesflow.set_analytics_mode('mv')").value();
  for (std::size_t i = 0; i < jobs.rows.size(); ++i)
    EXPECT_EQ(owner.run(jobs.value(i, 1)).value().value(), "t") << jobs.value(i, 1);
  // The service's worker leaves them to pg_cron, but for what was not refreshed since they are read.
  EXPECT_EQ(owner.run("SELECT salesflow.refresh_due_view()").value().value(), "");
  owner.run("UPDATE salesflow.view_refreshes SET refreshed_at = '2026-01-01Z' WHERE name = 'mv_hot_leads'").value();
  EXPECT_EQ(owner.run("SELECT salesflow.refresh_due_view()").value().value(), "mv_hot_leads");
  EXPECT_EQ(owner
                .run("SELECT bool_and(by_cron AND refreshed_at > now() - interval '1 hour') FROM "
                     "salesflow.list_view_refreshes()")
                .value()
                .value(),
            "t");
  options.to = "base";
  ASSERT_TRUE(down(options));
  options.to.clear();
  ASSERT_TRUE(up(options));
  EXPECT_EQ(admin.run("SELECT count(*) FROM cron.job WHERE command LIKE '%refresh_wanted_view%'").value().value(), "3");
  options.to = "none";
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(admin.run("SELECT string_agg(jobname, ',') FROM cron.job").value().value(), "theirs");
}

}  // namespace
}  // namespace salesflow::migrations
