// What every tenant table promises, checked against the catalogue, so that a new table cannot be forgotten.
#include <gtest/gtest.h>

#include <set>

#include <map>
#include <vector>

#include "tests/schema/tenant_samples.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::order;
using test::samples;
using test::TestDatabase;

std::string tenant_column(TestDatabase& database, const std::string& table) {
  return database
      .run(
          "SELECT CASE WHEN pg_get_expr(polqual, polrelid) LIKE '%app.org_id%' THEN 'org_id' ELSE 'user_id' END FROM "
          "pg_policy "
          "WHERE polrelid = ('public.' || $1)::regclass AND polname = 'salesflow_app_wall'",
          {table})
      .value();
}

/// Tables that only remember: nobody caches or changes their rows.
bool is_record(const std::string& table) {
  return table == "idempotency_keys" || table == "webhook_deliveries" || table == "message_event_ids" ||
         table == "import_errors";
}

struct Tenants : ::testing::Test {
  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");
  Tenants() {
    for (const auto& account : {a, b}) {
      for (const auto& table : order) {
        database.run_as_tenant(account.user_id, account.org_id, "INSERT INTO public." + table + " " + samples.at(table),
                               {account.user_id.to_string(), account.org_id.to_string()});
      }
    }
  }
  std::int64_t count(const std::optional<Uuid>& user, const std::optional<Uuid>& org, const std::string& table) {
    // Not count(*) of a tenant table: rows without a tenant (everybody's templates) are nobody's.
    const std::string what = samples.contains(table) ? tenant_column(database, table) : "*";
    return database.run_as_tenant(user, org, "SELECT count(" + what + ") FROM public." + table).integer();
  }
};

TEST_F(Tenants, EveryTableThatTheServiceReachesStandsBehindBothPolicies) {
  const auto reached = database.run(
      "SELECT c.relname, c.relrowsecurity, (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND "
      "p.polpermissive AND p.polroles @> ARRAY['salesflow_app'::regrole::oid]), "
      "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polroles @> "
      "ARRAY['salesflow_app'::regrole::oid]) "
      "FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace IN ('public'::regnamespace, "
      "'salesflow'::regnamespace) "
      "AND (has_table_privilege('salesflow_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') OR "
      "has_any_column_privilege('salesflow_app', c.oid, 'SELECT'))");
  ASSERT_GE(reached.rows.size(), samples.size());
  const auto summaries =
      database.run("SELECT name FROM salesflow.summaries UNION ALL SELECT name FROM salesflow.invalidation_logs");
  std::set<std::string> kept{"org_session_users"};
  for (std::size_t i = 0; i < summaries.rows.size(); ++i)
    kept.insert(summaries.value(i));
  for (std::size_t i = 0; i < reached.rows.size(); ++i) {
    const std::string table = reached.value(i, 0);
    EXPECT_EQ(reached.value(i, 1), "t") << table;
    EXPECT_EQ(reached.value(i, 2), "1") << table;
    EXPECT_GE(reached.value(i, 3), "1") << table;
    const bool known = samples.contains(table) || table == "users" || table == "organizations" ||
                       table == "org_members" || table == "lead_scorings" || table == "lead_hot" ||
                       table == "deal_stage_changes" || kept.contains(table) || table.ends_with("_folded") ||
                       table.ends_with("_deltas");
    EXPECT_TRUE(known) << table << " has no sample row in this test";
  }
}

TEST_F(Tenants, OneSeesAndChangesNothingOfTheOthers) {
  for (const auto& table : order) {
    SCOPED_TRACE(table);
    const std::string column = tenant_column(database, table);
    const std::string theirs = column == "user_id" ? b.user_id.to_string() : b.org_id.to_string();
    EXPECT_EQ(count(a.user_id, a.org_id, table), 1);
    EXPECT_EQ(count(std::nullopt, std::nullopt, table), 0);
    EXPECT_EQ(
        database
            .run_as_tenant(a.user_id, a.org_id,
                           "UPDATE public." + table + " SET " + column + " = " + column + " WHERE " + column + " = $1",
                           {theirs})
            .affected,
        0);
    EXPECT_EQ(
        database
            .run_as_tenant(a.user_id, a.org_id, "DELETE FROM public." + table + " WHERE " + column + " = $1", {theirs})
            .affected,
        0);
    EXPECT_ANY_THROW(
        database.run_as_tenant(a.user_id, a.org_id, "UPDATE public." + table + " SET " + column + " = $1", {theirs}))
        << "a row was given away";
    EXPECT_ANY_THROW(database.run_as_tenant(a.user_id, a.org_id,
                                            "INSERT INTO public." + table + " " + samples.at(table),
                                            {b.user_id.to_string(), b.org_id.to_string()}));
    EXPECT_EQ(count(b.user_id, b.org_id, table), 1);
  }
}

TEST_F(Tenants, MembersAndOrganisationsAreSeenByMembersOnly) {
  for (const char* table : {"organizations", "org_members"}) {
    EXPECT_EQ(count(a.user_id, a.org_id, table), 1) << table;
    EXPECT_EQ(count(std::nullopt, std::nullopt, table), 0) << table;
  }
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "SELECT count(id) FROM users").integer(), 1);
  EXPECT_EQ(
      database
          .run_as_tenant(a.user_id, a.org_id, "UPDATE users SET company = 'x' WHERE id = $1", {b.user_id.to_string()})
          .affected,
      0);
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "UPDATE organizations SET name = 'x'").affected, 1);
  EXPECT_ANY_THROW(database.run_as_tenant(a.user_id, a.org_id, "SELECT password_hash FROM users"));
  EXPECT_ANY_THROW(database.run_as_tenant(a.user_id, a.org_id, "UPDATE users SET role = 'superadmin'"));
  // A fellow member is seen, and not changed.
  database.run("INSERT INTO org_members (org_id, user_id) VALUES ($1, $2)",
               {a.org_id.to_string(), b.user_id.to_string()});
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "SELECT count(id) FROM users").integer(), 2);
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "UPDATE users SET company = 'x'").affected, 1);
}

TEST_F(Tenants, ARowCannotPointAtAnotherTenantsRow) {
  for (const auto& [table, columns] :
       std::map<std::string, std::string>{{"deals", "(org_id, contact_id, title) VALUES ($1, $2, 'x')"},
                                          {"tasks", "(org_id, deal_id, title, due_at) VALUES ($1, $2, 'x', now())"},
                                          {"activities", "(org_id, contact_id, type) VALUES ($1, $2, 'call')"}}) {
    EXPECT_ANY_THROW(database.run_as_tenant(a.user_id, a.org_id, "INSERT INTO " + table + " " + columns,
                                            {a.org_id.to_string(), b.org_id.to_string()}))
        << table;
  }
  EXPECT_ANY_THROW(database.run_as_tenant(
      a.user_id, a.org_id,
      "INSERT INTO dm_messages (user_id, conversation_id, direction, content) VALUES ($1, $2, 'inbound', 'x')",
      {a.user_id.to_string(), b.org_id.to_string()}));
}

TEST_F(Tenants, TheRolesReachNoMoreThanTheirWork) {
  EXPECT_ANY_THROW(database.run_as(Login::worker, "SELECT count(*) FROM leads"));
  EXPECT_ANY_THROW(database.run_as(Login::auth, "SELECT count(*) FROM users"));
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT * FROM salesflow.find_login('a@example.com')"));
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_proc WHERE pronamespace = 'salesflow'::regnamespace AND "
                     "has_function_privilege('public', oid, 'EXECUTE')")
                .integer(),
            0);
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_class WHERE relnamespace = 'salesflow'::regnamespace AND relkind = 'r' "
                     "AND has_table_privilege('salesflow_auth', oid, 'SELECT, INSERT, UPDATE, DELETE')")
                .integer(),
            0);
}

TEST_F(Tenants, EveryChangeCountsUpTheRowVersionWhateverTheWriterSays) {
  for (const auto& table : order) {
    if (is_record(table))
      continue;
    const auto before =
        database.run_as_tenant(a.user_id, a.org_id, "SELECT row_version FROM public." + table).integer();
    EXPECT_EQ(database
                  .run_as_tenant(a.user_id, a.org_id,
                                 "UPDATE public." + table + " SET row_version = 77 RETURNING row_version")
                  .integer(),
              before + 1)
        << table;
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM leads WHERE updated_at > created_at").integer(), 1);
}

TEST_F(Tenants, ARefreshTokenWorksOnceAndItsLateReuseEndsTheSession) {
  const auto rotate = [&](const char* presented, const char* successor, const char* grace) {
    const auto rows = database.run_as(
        Login::auth,
        "SELECT outcome, convert_from(successor_sealed, 'UTF8') FROM salesflow.rotate_refresh_token(sha256($1::bytea), "
        "sha256($2::bytea), $2::bytea, '30 days', $3::interval)",
        {presented, successor, grace});
    return rows.value(0, 0) + " " + rows.value(0, 1);
  };
  database.run_as(Login::auth, "SELECT * FROM salesflow.open_session($1, $2, $3, 'test', sha256('t1'), '30 days')",
                  {Uuid::v7().to_string(), a.user_id.to_string(), a.org_id.to_string()});
  EXPECT_EQ(rotate("t0", "x", "20 s"), "unknown ");
  EXPECT_EQ(rotate("t1", "t2", "20 s"), "rotated t2");
  EXPECT_EQ(rotate("t1", "t3", "20 s"), "replayed t2");
  EXPECT_EQ(rotate("t2", "t4", "20 s"), "rotated t4");
  EXPECT_EQ(rotate("t1", "t5", "0 s"), "reused ");
  EXPECT_EQ(rotate("t4", "t6", "20 s"), "revoked ");
  EXPECT_EQ(
      database.run_as(Login::auth, "SELECT count(*) FROM salesflow.list_revoked_sessions(now() - interval '1 min')")
          .integer(),
      1);
}

}  // namespace
}  // namespace salesflow
