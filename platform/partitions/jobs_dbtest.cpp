// The jobs, as salesflow_worker: months ahead are made as maintain makes them, old ones detached without a wrong
// figure.
#include "platform/partitions/jobs.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "platform/migrations/runner.hpp"
#include "platform/postgres/transaction.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/partitions_rig.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::partitions {
namespace {

using namespace std::chrono_literals;
using test::Login;
using test::SqlSession;
using test::TestDatabase;

class PartitionJobs : public PartitionsRig {
 protected:
  PartitionJobs() : rig(settings(database)) {}

  static postgres::PoolSettings settings(const TestDatabase& database) {
    postgres::PoolSettings settings;
    settings.conninfo = database.url(Login::worker);
    settings.acquire_timeout = 30s;
    return settings;
  }
  RequestContext request() const {
    RequestContext request;
    request.route = "job.test";
    request.deadline = std::chrono::steady_clock::now() + 60s;
    return request;
  }
  /// One bite inside a transaction, as the runner makes it.
  Result<jobs::Bite> bite(const jobs::Job& job) {
    RequestContext whole = request();
    const auto body = [&] { return job.run_once(whole); };
    return rig.run(rig.database->in_transaction(whole, body));
  }
  bool has_work(const jobs::Job& job) {
    RequestContext whole = request();
    return rig.run(job.has_work(whole)).value();
  }
  /// All that is said of a partition in the catalogue, but for its name and its bounds.
  std::string portrait(const std::string& name) {
    return database
        .run(
            "SELECT concat_ws('|', c.relowner::regrole, c.relrowsecurity, c.relreplident, c.reloptions, "
            "(SELECT count(*) FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner), "
            "(SELECT string_agg(concat_ws(' ', a.attname, a.atttypid::regtype, a.attnotnull, a.attstattarget, "
            "a.attstorage, a.attcompression, pg_get_expr(d.adbin, d.adrelid)), ',' ORDER BY a.attnum) FROM "
            "pg_attribute "
            "AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid "
            "AND a.attnum > 0), "
            "(SELECT string_agg(regexp_replace(pg_get_indexdef(x.indexrelid), '(INDEX|ON) \\S+', '', 'g'), ',' ORDER "
            "BY regexp_replace(pg_get_indexdef(x.indexrelid), '(INDEX|ON) \\S+', '', 'g')) FROM pg_index AS x WHERE "
            "x.indrelid = c.oid AND x.indisvalid), "
            "(SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY pg_get_constraintdef(k.oid)) FROM "
            "pg_constraint AS k WHERE k.conrelid = c.oid), "
            "(SELECT string_agg(t.tgname, ',' ORDER BY t.tgname) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT "
            "t.tgisinternal)) "
            "FROM pg_class AS c WHERE c.oid = $1::regclass",
            {"salesflow_partitions." + name})
        .value();
  }
  void drop_month(int months_from_now) {
    const std::string name = "salesflow_partitions." + partition(months_from_now);
    database.run_as(Login::owner, "ALTER TABLE message_events DETACH PARTITION " + name + "; DROP TABLE " + name);
  }
  std::string wrong_figures() {
    return database
        .run_as(Login::worker,
                "SELECT coalesce(string_agg(name, ', '), '') FROM salesflow.verify_summaries() WHERE wrong_rows <> 0")
        .value();
  }
  std::int64_t refresh() {
    return database.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)").integer();
  }

  test::PostgresRig rig;
};

TEST_F(PartitionJobs, MakesTheMonthsAheadAsTheOwnersCommandDoes) {
  const auto job = make_months_job(*rig.database);
  EXPECT_FALSE(has_work(job));
  const std::string before = portrait(partition(2)), ahead = portrait(partition(3));
  ASSERT_EQ(before, ahead);
  const auto count = partitions();
  drop_month(2);
  drop_month(3);
  database.run("ALTER DEFAULT PRIVILEGES FOR ROLE salesflow_owner GRANT SELECT ON TABLES TO salesflow_app, PUBLIC");
  EXPECT_TRUE(has_work(job));
  for (const bool more : {true, true, false}) {
    const auto made = bite(job);
    ASSERT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    EXPECT_EQ(made->more, more);
  }
  EXPECT_FALSE(has_work(job));
  EXPECT_EQ(partitions(), count);
  EXPECT_EQ(portrait(partition(2)), before);
  EXPECT_EQ(portrait(partition(3)), ahead);
  insert_at("date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '3 months'");
  EXPECT_TRUE(status(options)->alarms.empty());
}

TEST_F(PartitionJobs, APlainTableIsLeftAlone) {
  TestDatabase plain;
  test::PostgresRig other(settings(plain));
  RequestContext whole = request();
  EXPECT_FALSE(other.run(make_months_job(*other.database).has_work(whole)).value());
  EXPECT_EQ(plain.run_as(Login::worker, "SELECT salesflow.make_month_ahead(3)").value(), "");
  EXPECT_TRUE(plain.run_as(Login::worker, "SELECT * FROM salesflow.hold_past_month(3)").empty());
}

TEST_F(PartitionJobs, MakesNothingBesideAMigrationAndGivesUpOnALockedTable) {
  const auto job = make_months_job(*rig.database);
  drop_month(3);
  const auto count = partitions();
  auto other = SqlSession::connect(database.url(Login::owner)).value();
  other.run("SELECT pg_advisory_lock(7237970109966541921)").value();
  const auto nothing = bite(job);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->rows, 0);
  other.run("SELECT pg_advisory_unlock(7237970109966541921)").value();
  other.run("BEGIN; LOCK TABLE message_events IN ACCESS EXCLUSIVE MODE").value();
  EXPECT_FALSE(bite(job));
  other.run("COMMIT").value();
  EXPECT_EQ(partitions(), count);
  EXPECT_TRUE(bite(job));
  EXPECT_EQ(partitions(), count + 1);
}

TEST_F(PartitionJobs, TheWorkerMayDoNothingElse) {
  make_old_month("message_events_old", 4);
  const auto refused = [&](Login login, const std::string& sql) {
    EXPECT_ANY_THROW(database.run_as(login, sql)) << sql;
  };
  refused(Login::worker, "CREATE TABLE salesflow_partitions.mine (a integer)");
  refused(Login::worker, "SELECT count(*) FROM salesflow_partitions.message_events_old");
  refused(Login::worker, "CALL salesflow.make_month('message_events', 'public.x', now(), now() + interval '1 day')");
  refused(Login::worker, "SELECT salesflow.make_month_ahead(1000)");
  refused(Login::worker, "SELECT salesflow.detach_past_month(0, 'salesflow_partitions.message_events_old')");
  refused(Login::worker, "SELECT salesflow.detach_past_month(1, 'salesflow_partitions.message_events_old')");
  refused(Login::worker, "SELECT salesflow.detach_past_month(12, 'salesflow_partitions.message_events_old')");
  refused(Login::worker, "SELECT salesflow.note_past_month(3, 'public.users')");
  for (const char* sql : {"SELECT salesflow.make_month_ahead(3)", "SELECT * FROM salesflow.hold_past_month(3)",
                          "SELECT salesflow.detach_past_month(3, 'salesflow_partitions.message_events_old')"}) {
    refused(Login::app, sql);
    refused(Login::auth, sql);
  }
}

TEST_F(PartitionJobs, DetachesWhatIsPastItsTimeAndKeepsItsRows) {
  make_old_month("message_events_old", 30);
  make_old_month("message_events_older_still", 29);
  insert_at("date_trunc('month', now()) - interval '30 months' + interval '2 days'");
  refresh();
  ASSERT_EQ(wrong_figures(), "");
  const auto job = detach_months_job(*rig.database, {.retention_months = 24});
  EXPECT_TRUE(has_work(job));
  for (const bool more : {true, false}) {
    const auto gone = bite(job);
    ASSERT_TRUE(gone) << gone.error().public_detail << gone.error().log_detail;
    EXPECT_EQ(gone->more, more);
    EXPECT_EQ(wrong_figures(), "") << "no trigger sees what is detached";
  }
  EXPECT_FALSE(has_work(job));
  refresh();
  EXPECT_EQ(wrong_figures(), "");
  EXPECT_EQ(database.run("SELECT count(*) FROM salesflow_partitions.message_events_old").integer(), 1);
  EXPECT_EQ(status(options)->detached.size(), 2U);
  EXPECT_TRUE(status(options)->alarms.empty());
}

TEST_F(PartitionJobs, WaitsForSnapshotsThatDoNotKnowOfIt) {
  make_old_month("message_events_old", 30);
  insert_at("date_trunc('month', now()) - interval '30 months' + interval '2 days'");
  refresh();
  auto reader = SqlSession::connect(database.url(Login::superuser)).value();
  reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ").value();
  const auto number = [&](const std::string& sql) { return reader.run(sql).value().integer(); };
  ASSERT_GT(number("SELECT sum(messages) FROM user_message_days"), 0) << "which takes no lock of the table";
  const auto impatient = bite(detach_months_job(*rig.database, {.retention_months = 24, .patience = 300ms}));
  ASSERT_TRUE(impatient) << impatient.error().public_detail;
  EXPECT_EQ(impatient->rows, 0) << "a dump is not waited for; the next run tries again";
  refresh();
  bool done = false;
  std::thread other([&] {
    const auto gone = bite(detach_months_job(*rig.database, {.retention_months = 24, .patience = 30s}));
    done = gone && gone->rows == 1;
  });
  EXPECT_TRUE(test::wait_until(
      [&] { return database.run("SELECT sum(entries) FROM salesflow.list_invalidations(10)").integer() > 0; }));
  EXPECT_EQ(number("SELECT sum(messages) FROM user_message_days"), number("SELECT count(*) FROM message_events"));
  EXPECT_EQ(refresh(), 0) << "nothing is taken out of the log meanwhile, and nobody waits";
  reader.run("COMMIT").value();
  other.join();
  EXPECT_TRUE(done);
  EXPECT_EQ(wrong_figures(), "");
  refresh();
  EXPECT_EQ(wrong_figures(), "");
}

/// A table that somebody else owns: superuser or restricted.
class FoundPartitionJobs : public testing::TestWithParam<test::FoundOwner> {};

TEST_P(FoundPartitionJobs, TheWorkerChangesATableThatWasFoundButForASuperusers) {
  const bool of_superuser = GetParam() == test::FoundOwner::superuser;
  test::FoundServer server(of_superuser ? "partitions_superuser" : "partitions_restricted");
  test::FoundDatabase found(server, test::FoundShape{.owner = GetParam()});
  migrations::Options migration;
  migration.database_url = found.owner_url();
  const auto migrated = migrations::up(migration);
  ASSERT_TRUE(migrated) << migrated.error().public_detail;
  found.open_logins();
  Options options;
  options.database_url = found.owner_url();
  const auto converted = convert(options);
  ASSERT_TRUE(converted) << converted.error().public_detail;
  const std::string last = "salesflow_partitions." + converted->status.partitions.back().name;
  found.run("ALTER TABLE message_events DETACH PARTITION " + last + "; DROP TABLE " + last);
  auto worker = SqlSession::connect(found.url(Login::worker)).value();
  const auto made = worker.run("SELECT salesflow.make_month_ahead(3)");
  if (of_superuser) {
    EXPECT_FALSE(made);
    EXPECT_NE(made.error().public_detail.find("salesflow partition maintain"), std::string::npos)
        << made.error().public_detail;
  } else {
    ASSERT_TRUE(made) << made.error().public_detail;
    EXPECT_EQ(made.value().value(), last);
    const auto owner = [&](const std::string& table) {
      return found.run("SELECT relowner::regrole FROM pg_class WHERE oid = $1::regclass", {table}).value();
    };
    EXPECT_EQ(owner(last), owner("message_events"));
    EXPECT_EQ(found
                  .run("SELECT count(*) FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.oid = $1::regclass AND "
                       "a.grantee <> c.relowner",
                       {last})
                  .integer(),
              0)
        << "whatever the platform grants by default";
  }
  // As if years had passed: the old table ends in 2020.
  found.run(
      "DELETE FROM message_events WHERE created_at >= '2020-01-01'; ALTER TABLE message_events DETACH PARTITION "
      "salesflow_partitions.message_events_legacy; ALTER TABLE message_events ATTACH PARTITION "
      "salesflow_partitions.message_events_legacy FOR VALUES FROM (MINVALUE) TO ('2020-01-01')");
  if (of_superuser) {
    options.retain_months = 12;
    const auto maintained = maintain(options);
    ASSERT_TRUE(maintained) << maintained.error().public_detail;
    EXPECT_EQ(maintained->detached.size(), 1u);
  } else {
    worker.run("BEGIN").value();
    const auto held = worker.run("SELECT name FROM salesflow.hold_past_month(12)");
    ASSERT_TRUE(held) << held.error().public_detail;
    ASSERT_EQ(held.value().rows.size(), 1u);
    for (const char* step : {"note_past_month", "detach_past_month"}) {
      const auto done = worker.run(std::string("SELECT salesflow.") + step + "(12, $1)", {held.value().value()});
      ASSERT_TRUE(done) << step << ": " << done.error().public_detail;
    }
    worker.run("COMMIT").value();
  }
  EXPECT_EQ(status(options)->detached.size(), 1u);
  EXPECT_EQ(found
                .run("SELECT count(*) FROM pg_proc WHERE prosecdef AND proowner IN (SELECT oid FROM pg_roles WHERE "
                     "rolsuper) AND proname ~ 'month'")
                .integer(),
            0);
}

INSTANTIATE_TEST_SUITE_P(Owners, FoundPartitionJobs,
                         testing::Values(test::FoundOwner::superuser, test::FoundOwner::restricted),
                         [](const auto& owner) {
                           return owner.param == test::FoundOwner::superuser ? "Superuser" : "Restricted";
                         });

}  // namespace
}  // namespace salesflow::partitions
