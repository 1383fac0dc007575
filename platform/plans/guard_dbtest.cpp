// The guard of plans on a table of its own: an index that is dropped, statistics that lie, counters that are not there.
#include "platform/plans/guard.hpp"

#include <gtest/gtest.h>

#include "platform/plans/desk.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::plans {
namespace {

using namespace std::chrono_literals;
using test::Login;
using test::TestDatabase;

constexpr std::uint8_t arguments[] = {0, 1};
constexpr std::uint32_t types[] = {23, 25};
constexpr Query newest{"guarded.list_newest",
                       "",
                       "SELECT id FROM guarded WHERE tenant = $1 AND kind = $2 ORDER BY at LIMIT 20",
                       arguments,
                       types,
                       2,
                       QueryMode::read,
                       1s,
                       "guarded_tenant_at",
                       "20 + 2 * rows",
                       "guarded",
                       "",
                       "",
                       "guarded/sql/list_newest.sql"};
constexpr std::string_view parameters[] = {"tenant", "kind"};

struct PlanGuard : testing::Test {
  void SetUp() override {
    database.run(
        "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; CREATE TABLE guarded (id bigint, tenant integer, kind "
        "text, "
        "at integer, filling text DEFAULT repeat('x', 100)); GRANT SELECT ON guarded TO salesflow_app; INSERT INTO "
        "guarded (id, tenant, kind, at) SELECT i, i / 2000, CASE i % 2 WHEN 0 THEN 'even' ELSE 'odd' END, i FROM "
        "generate_series(1, 20000) AS i; CREATE INDEX guarded_tenant_at ON guarded (tenant, at); CREATE INDEX "
        "guarded_kind ON guarded (kind)");
    database.run("VACUUM (ANALYZE) guarded");
  }
  /// As requests do, with a plan made now.
  void call(int times) {
    auto& app = database.session(Login::app);
    app.run("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; " + prepare_sql(newest)).value();
    for (int i = 0; i < times; ++i)
      app.run("EXECUTE checked(3, 'even')").value();
    app.run("DEALLOCATE ALL").value();
  }
  Look look() {
    now += 15s;
    return guard.look(session, now).value();
  }
  /// A minute of calls that keep the budget.
  void settle() {
    look();
    call(10);
    ASSERT_TRUE(look().left.empty());
    ASSERT_EQ(guard.view().rests, "");
    ASSERT_EQ(guard.view().statements_known, 1u);
  }
  /// Looks with calls in between, until one names the statement: how many it took.
  int looks_until_named() {
    for (int looks = 1; looks <= 5; ++looks) {
      call(10);
      const Look seen = look();
      if (seen.left.empty())
        continue;
      EXPECT_EQ(seen.left.size(), 1u);
      named = seen.left.front();
      return looks;
    }
    return 99;
  }

  TestDatabase database;
  const CatalogueEntry entry{&newest, parameters, "", "the least of many", ""};
  Guard guard{{&entry, 1}};
  cluster::SqlSession session = cluster::SqlSession::connect_settled(database.url(Login::app)).value();
  TimePoint now{std::chrono::hours(490'000)};
  Departure named;
};

TEST_F(PlanGuard, AStatementWhoseIndexIsDroppedIsNamedWithinAMinuteWithBothPlans) {
  settle();
  const auto use = guard.view().use.at("guarded.list_newest");
  EXPECT_EQ(use.calls, 10);
  EXPECT_LT(use.buffers, 10 * 60);
  database.run("DROP INDEX guarded_tenant_at");
  EXPECT_LE(looks_until_named(), 4) << "four looks are a minute";
  EXPECT_EQ(named.entry, &entry);
  EXPECT_GT(named.buffers_a_call, named.budget);
  EXPECT_DOUBLE_EQ(named.budget, 60);
  EXPECT_DOUBLE_EQ(named.rows_a_call, 20);
  ASSERT_TRUE(named.plan_before && named.plan_now) << named.no_plan;
  EXPECT_NE(named.plan_before->find("guarded_tenant_at"), std::string::npos) << *named.plan_before;
  EXPECT_EQ(named.plan_now->find("guarded_tenant_at"), std::string::npos) << *named.plan_now;
  EXPECT_TRUE(named.plan_turned());
  EXPECT_NE(named.plan_before->find("$1"), std::string::npos) << "a plan for any value";

  // It is named once, and stands in the view until the index is there again.
  call(10);
  EXPECT_TRUE(look().left.empty());
  ASSERT_EQ(guard.view().departures.size(), 1u);
  EXPECT_TRUE(guard.view().departures.front().is_over);
  EXPECT_GT(guard.view().departures.front().last_at, named.since);
  database.run("CREATE INDEX guarded_tenant_at ON guarded (tenant, at)");
  std::size_t returned = 0;
  for (int i = 0; i < 7; ++i) {
    call(10);
    returned += look().returned.size();
  }
  EXPECT_EQ(returned, 1u);
  EXPECT_FALSE(guard.view().departures.front().is_over);
}

TEST_F(PlanGuard, StatisticsThatLieTurnThePlanAndAreNamed) {
  settle();
  database.run(
      "UPDATE pg_statistic SET stadistinct = -1 WHERE starelid = 'guarded'::regclass AND staattnum = (SELECT attnum "
      "FROM "
      "pg_attribute WHERE attrelid = 'guarded'::regclass AND attname = 'kind')");
  EXPECT_LE(looks_until_named(), 4);
  ASSERT_TRUE(named.plan_before && named.plan_now) << named.no_plan;
  EXPECT_NE(named.plan_before->find("guarded_tenant_at"), std::string::npos) << *named.plan_before;
  EXPECT_NE(named.plan_now->find("guarded_kind"), std::string::npos) << *named.plan_now;
  EXPECT_TRUE(named.plan_turned());
}

TEST_F(PlanGuard, MoreBuffersByTheSamePlanAreNamedAsThat) {
  settle();
  // The tenant's first rows are all of the other kind now.
  database.run("UPDATE guarded SET kind = 'odd' WHERE tenant = 3 AND at < 7900");
  EXPECT_LE(looks_until_named(), 4);
  EXPECT_FALSE(named.plan_turned());
  EXPECT_EQ(named.plan_before, named.plan_now);
}

TEST_F(PlanGuard, AFewCallsSayNothingOfAMeanAndCountersThatBeginAgainDoNotEither) {
  settle();
  database.run("DROP INDEX guarded_tenant_at");
  now += 10min;  // the window is empty
  look();
  look();
  call(4);
  EXPECT_TRUE(look().left.empty());
  database.run("SELECT pg_stat_statements_reset()");
  call(3);
  EXPECT_TRUE(look().left.empty()) << "less than before: another beginning";
  call(10);
  EXPECT_EQ(look().left.size(), 1u);
}

TEST_F(PlanGuard, WithoutTheCountersItSaysWhyOnceAndRests) {
  database.run("DROP EXTENSION pg_stat_statements");
  EXPECT_TRUE(look().began_to_rest);
  EXPECT_NE(guard.view().rests.find("CREATE EXTENSION pg_stat_statements"), std::string::npos) << guard.view().rests;
  EXPECT_FALSE(look().began_to_rest);
  database.run(
      "CREATE EXTENSION pg_stat_statements; REVOKE EXECUTE ON FUNCTION pg_stat_statements(boolean) FROM PUBLIC");
  EXPECT_TRUE(look().began_to_rest);
  EXPECT_NE(guard.view().rests.find("permission denied"), std::string::npos) << guard.view().rests;
  database.run("GRANT EXECUTE ON FUNCTION pg_stat_statements(boolean) TO PUBLIC");
  settle();
}

TEST_F(PlanGuard, AStatementThatCannotBePlannedHereIsLeftOut) {
  database.run("REVOKE SELECT ON guarded FROM salesflow_app");
  look();
  EXPECT_NE(guard.view().rests, "") << "there is no other";
  EXPECT_EQ(session.run("SELECT 1").value().integer(), 1) << "no transaction is left open";
}

/// The catalogue of the service itself: every read that has a plan gets its id.
TEST(PlanGuardCatalogue, KnowsTheServicesOwnStatementsByTheIdsTheyAreCountedUnder) {
  TestDatabase database;
  database.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  GuardSettings settings;
  settings.learned_a_look = 10'000;
  Guard all(all_statements(), settings);
  auto session = cluster::SqlSession::connect_settled(database.url(Login::app)).value();
  const TimePoint start{std::chrono::hours(490'000)};
  ASSERT_TRUE(all.look(session, start));
  EXPECT_GT(all.view().statements_known, 300u);
  const auto& entries = all_statements();
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const auto& one) { return one.query->name == "events.list_pending"; });
  ASSERT_NE(found, entries.end());
  auto& app = database.session(Login::app);
  app.run(prepare_sql(*found->query)).value();
  app.run("EXECUTE checked" + no_arguments(*found->query)).value();
  ASSERT_TRUE(all.look(session, start + 15s));
  app.run("EXECUTE checked" + no_arguments(*found->query)).value();
  ASSERT_TRUE(all.look(session, start + 30s));
  EXPECT_GE(all.view().use.at("events.list_pending").calls, 1);
}

TEST(PlanDesk, LimitsAreAddedToAConnectionStringOfEitherForm) {
  EXPECT_EQ(with_time_limits("postgresql://a@b/c"), "postgresql://a@b/c?connect_timeout=5&tcp_user_timeout=10000");
  EXPECT_EQ(with_time_limits("postgresql://a@b/c?sslmode=require"),
            "postgresql://a@b/c?sslmode=require&connect_timeout=5&tcp_user_timeout=10000");
  EXPECT_EQ(with_time_limits("host=b connect_timeout=2"), "host=b connect_timeout=2 tcp_user_timeout=10000");
}

}  // namespace
}  // namespace salesflow::plans
