// maintain and status: months ahead, retention, an interrupted detach, alarms.
#include <gtest/gtest.h>

#include <thread>

#include "platform/partitions/partitions.hpp"
#include "platform/partitions/queries.hpp"
#include "tests/support/partitions_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::partitions {
namespace {

using test::Login;
using test::SqlSession;
using test::TestDatabase;

using PartitionMaintain = PartitionsRig;

TEST_F(PartitionMaintain, MakesTheMonthsAheadOnceAndIndexesThemLikeTheOthers) {
  const auto before = partitions();
  options.months_ahead = 6;
  const auto made = maintain(options);
  ASSERT_TRUE(made) << made.error().public_detail;
  EXPECT_EQ(made->created.size(), 3U);
  EXPECT_EQ(partitions(), before + 3);
  EXPECT_TRUE(made->status.alarms.empty());
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_index WHERE indrelid = $1::regclass AND indisvalid",
                     {"salesflow_partitions." + partition(6)})
                .value(),
            database.run("SELECT count(*) FROM pg_index WHERE indrelid = 'message_events'::regclass").value());
  insert_at("date_trunc('month', now()) + interval '5 months'");
  const auto again = maintain(options);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->created.empty());
}

TEST_F(PartitionMaintain, TellsWhenNextMonthIsMissingAndMendsIt) {
  // As if nobody had run it for months: only the old table is left, and it ends with this month.
  database.run_as(Login::owner,
                  "DO $$ DECLARE name regclass; BEGIN FOR name IN SELECT inhrelid FROM pg_inherits WHERE inhparent = "
                  "'message_events'::regclass LOOP "
                  "EXECUTE 'ALTER TABLE public.message_events DETACH PARTITION ' || name; IF name::text NOT LIKE "
                  "'%legacy' THEN EXECUTE 'DROP TABLE ' || name; END IF; END LOOP; "
                  "EXECUTE format('ALTER TABLE public.message_events ATTACH PARTITION "
                  "salesflow_partitions.message_events_legacy FOR VALUES FROM (MINVALUE) TO (%L)', "
                  "(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'); END $$");
  const auto missing = status(options);
  ASSERT_TRUE(missing) << missing.error().public_detail;
  ASSERT_EQ(missing->alarms.size(), 1U);
  EXPECT_NE(missing->alarms[0].find("next month"), std::string::npos);
  // What the service's worker asks, with its own rights.
  const std::string ask(sql::check_partitions.text);
  EXPECT_EQ(database.run_as(Login::worker, ask).value(0, 2), "t");
  EXPECT_ANY_THROW(insert_at("date_trunc('month', now()) + interval '40 days'"));
  const auto mended = maintain(options);
  ASSERT_TRUE(mended) << mended.error().public_detail;
  EXPECT_TRUE(mended->status.alarms.empty());
  EXPECT_EQ(database.run_as(Login::worker, ask).value(0, 2), "f");
  EXPECT_TRUE(TestDatabase().run_as(Login::worker, ask).empty());
  insert_at("date_trunc('month', now()) + interval '40 days'");
  database.run_as(Login::owner, "CREATE TABLE salesflow_partitions.rest PARTITION OF message_events DEFAULT");
  EXPECT_NE(status(options)->alarms.at(0).find("default partition"), std::string::npos);
}

TEST_F(PartitionMaintain, RetentionDetachesWholeMonthsAndKeepsThemUnlessTold) {
  make_old_month("message_events_old", 30);
  make_old_month("message_events_older_still", 29);
  insert_at("date_trunc('month', now()) - interval '30 months' + interval '2 days'");
  database.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)");
  const std::string wrong =
      "SELECT coalesce(string_agg(name, ', '), '') FROM salesflow.verify_summaries() WHERE wrong_rows <> 0";
  ASSERT_EQ(database.run_as(Login::worker, wrong).value(), "");
  options.retain_months = 24;
  const auto kept = maintain(options);
  ASSERT_TRUE(kept) << kept.error().public_detail;
  EXPECT_EQ(kept->detached.size(), 2U);
  EXPECT_EQ(database.run_as(Login::worker, wrong).value(), "") << "no trigger sees what is detached";
  database.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)");
  EXPECT_EQ(database.run_as(Login::worker, wrong).value(), "");
  ASSERT_EQ(kept->status.detached.size(), 2U);
  EXPECT_EQ(kept->status.detached[0].name, "message_events_old");
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_class, aclexplode(relacl) AS a WHERE relname = 'message_events_old' AND "
                     "a.grantee <> relowner")
                .integer(),
            0);
  make_old_month("message_events_oldest", 28);
  options.drop_detached = true;
  const auto dropped = maintain(options);
  ASSERT_TRUE(dropped) << dropped.error().public_detail;
  EXPECT_EQ(dropped->dropped.size(), 1U);
  EXPECT_EQ(dropped->status.detached.size(), 2U);
}

TEST_F(PartitionMaintain, WaitsForSnapshotsThatDoNotKnowOfIt) {
  make_old_month("message_events_old", 30);
  insert_at("date_trunc('month', now()) - interval '30 months' + interval '2 days'");
  database.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)");
  auto reader = SqlSession::connect(database.url(Login::superuser)).value();
  reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ").value();
  const auto number = [&](const std::string& sql) { return reader.run(sql).value().integer(); };
  ASSERT_GT(number("SELECT sum(messages) FROM user_message_days"), 0) << "which takes no lock of the table";
  options.retain_months = 24;
  bool done = false;
  std::thread other([&] { done = maintain(options).has_value(); });
  EXPECT_TRUE(test::wait_until([&] {
    return database
               .run(
                   "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND "
                   "wait_event_type = 'Lock'")
               .integer() > 0;
  }));
  EXPECT_EQ(number("SELECT sum(messages) FROM user_message_days"), number("SELECT count(*) FROM message_events"));
  EXPECT_EQ(database.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)").integer(), 0)
      << "nothing is taken out of the log meanwhile, and nobody waits";
  reader.run("COMMIT").value();
  other.join();
  EXPECT_TRUE(done);
  EXPECT_EQ(database.run("SELECT to_regclass('salesflow.partitioned_tables_wait') IS NULL").value(), "t");
}

TEST_F(PartitionMaintain, FinishesAnInterruptedDetach) {
  make_old_month("message_events_old", 30);
  auto reader = SqlSession::connect(database.url(Login::owner)).value();
  reader.run("BEGIN").value();
  reader.run("SELECT count(*) FROM message_events").value();
  auto detaching = SqlSession::connect(database.url(Login::owner)).value();
  detaching.run("SET statement_timeout = '300ms'").value();
  EXPECT_FALSE(detaching.run(
      "ALTER TABLE message_events DETACH PARTITION salesflow_partitions.message_events_old CONCURRENTLY"));
  reader.run("ROLLBACK").value();
  const auto half = status(options);
  ASSERT_TRUE(half);
  EXPECT_NE(half->alarms.at(0).find("half detached"), std::string::npos);
  const auto finished = maintain(options);
  ASSERT_TRUE(finished) << finished.error().public_detail;
  EXPECT_EQ(finished->finished, std::vector<std::string>{"salesflow_partitions.message_events_old"});
  EXPECT_TRUE(finished->status.alarms.empty());
}

TEST_F(PartitionMaintain, RefusesAPlainTableAndAForeignTableOfTheName) {
  database.run_as(Login::owner, "CREATE TABLE salesflow_partitions." + partition(4) + " (a integer)");
  options.months_ahead = 4;
  const auto refused = maintain(options);
  ASSERT_TRUE(refused.has_error());
  EXPECT_NE(refused.error().public_detail.find("is no partition"), std::string::npos) << refused.error().public_detail;
  TestDatabase plain;
  options.database_url = plain.url(Login::owner);
  EXPECT_EQ(maintain(options).error().code, Errc::conflict);
  EXPECT_EQ(status(options)->state, "plain");
}

}  // namespace
}  // namespace salesflow::partitions
