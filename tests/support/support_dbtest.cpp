// The tests' own tools, tried against real servers.
#include <gtest/gtest.h>

#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

TEST(TestDatabase, IsACloneThatNoOtherTestSees) {
  TestDatabase one;
  TestDatabase two;
  ASSERT_NE(one.name(), two.name());
  one.create_account("somebody@one.example");
  EXPECT_EQ(one.run("SELECT count(*) FROM users").integer(), 1);
  EXPECT_EQ(two.run("SELECT count(*) FROM users").integer(), 0);
}

TEST(TestDatabase, LetsEachLoginInAndNobodyElse) {
  TestDatabase database;
  for (const Login login : {Login::owner, Login::app, Login::worker, Login::auth}) {
    EXPECT_EQ(database.run_as(login, "SELECT current_user").value(), cluster::role_name(login));
  }
  database.run("CREATE ROLE stranger LOGIN PASSWORD 'x'");
  const auto stranger = SqlSession::connect(Servers::instance().primary().url(database.name(), "stranger", "x"));
  database.run("DROP ROLE stranger");
  EXPECT_TRUE(stranger.has_error());
}

TEST(TestDatabase, RunsAsATenantBehindTheWall) {
  TestDatabase database;
  const auto one = database.create_account("one@a.example");
  const auto two = database.create_account("two@b.example");
  database.run_as_tenant(one.user_id, one.org_id,
                         "INSERT INTO message_events (user_id, channel, direction, normalized_text) "
                         "VALUES ($1, 'email', 'inbound', 'hello')",
                         {one.user_id.to_string()});
  EXPECT_EQ(database.run_as_tenant(one.user_id, one.org_id, "SELECT count(*) FROM message_events").integer(), 1);
  EXPECT_EQ(database.run_as_tenant(two.user_id, two.org_id, "SELECT count(*) FROM message_events").integer(), 0);
  EXPECT_EQ(database.run_as_tenant({}, {}, "SELECT count(*) FROM message_events").integer(), 0);
  EXPECT_THROW(database.run_as_tenant(two.user_id, two.org_id, "SELECT no_such_column FROM message_events"),
               std::runtime_error);
  EXPECT_EQ(database.run_as_tenant(two.user_id, two.org_id, "SELECT 1").integer(), 1);  // the failed one rolled back
}

TEST(TestDatabase, IsDroppedWithOpenConnections) {
  std::string name;
  std::optional<SqlSession> left_open;
  {
    TestDatabase database(Schema::empty);
    name = database.name();
    left_open = SqlSession::connect(database.url(Login::owner)).value();
  }
  TestDatabase other(Schema::empty);
  EXPECT_EQ(other.run("SELECT count(*) FROM pg_database WHERE datname = $1", {name}).integer(), 0);
}

TEST(TestDatabase, IsReachableThroughPgBouncerAndOnTheReplica) {
  TestDatabase database;
  auto pooled = SqlSession::connect(database.pooled_url()).value();
  EXPECT_EQ(pooled.run("SELECT current_user").value().value(), "salesflow_app");
  database.create_account("seen@replica.example");
  database.replica_url();
  database.wait_for_replica();
  auto standby = SqlSession::connect(database.replica_url(Login::superuser)).value();
  EXPECT_EQ(standby.run("SELECT email FROM users").value().value(), "seen@replica.example");
}

TEST(FakeClock, StandsStillUntilItIsMoved) {
  FakeClock clock;
  const TimePoint start = FakeClock::now();
  EXPECT_EQ(FakeClock::now(), start);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(FakeClock::now() - start, std::chrono::seconds(5));
  clock.set(start);
  EXPECT_EQ(FakeClock::now(), start);
  EXPECT_THROW(FakeClock{}, std::logic_error);
}

TEST(WaitUntil, SaysWhetherTheConditionCameTrue) {
  int asked = 0;
  EXPECT_TRUE(wait_until([&] { return ++asked == 3; }));
  EXPECT_FALSE(wait_until([] { return false; }, std::chrono::milliseconds(10)));
}

}  // namespace
}  // namespace salesflow::test
