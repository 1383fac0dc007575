// One snapshot for several readers, against real servers, directly and through PgBouncer.
#include "platform/postgres/shared_snapshot.hpp"

#include <gtest/gtest.h>

#include "platform/runtime/one_shot.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;
using test::PostgresRig;
using test::TestQuery;
using Read = std::function<Task<void>(RequestContext&)>;

struct Facts {
  std::string isolation, read_only, xid, user, snapshot, began;
};
BOOST_DESCRIBE_STRUCT(Facts, (), (isolation, read_only, xid, user, snapshot, began))

class SharedSnapshotTest : public testing::TestWithParam<PoolMode> {
 protected:
  SharedSnapshotTest() {
    admin.run(
        "CREATE TABLE numbers (id int4 PRIMARY KEY, value int8 NOT NULL);"
        "INSERT INTO numbers SELECT i, i FROM generate_series(1, 10) AS i;"
        "GRANT USAGE ON SCHEMA public TO salesflow_app; GRANT SELECT, INSERT ON numbers TO salesflow_app");
    settings.mode = GetParam();
    settings.conninfo = GetParam() == PoolMode::pooled ? admin.pooled_url() : admin.url();
    settings.connections = 1;
    settings.snapshot_connections_max = 1;
    settings.acquire_timeout = 5s;
    rig.emplace(settings);
    opener.deadline = std::chrono::steady_clock::now() + 30s;
    opener.identity.user_id = Uuid::v7();
    opener.identity.org_id = Uuid::v7();
  }
  Database& db() { return *rig->database; }
  std::unique_ptr<SharedSnapshot> open() {
    auto opened = rig->run(db().open_snapshot(opener));
    EXPECT_TRUE(opened) << opened.error().log_detail;
    return std::move(*opened);
  }
  RequestContext reader() const {
    RequestContext context;
    context.identity = opener.identity;
    context.deadline = opener.deadline;
    return context;
  }
  /// Runs the readers beside each other, each with the context of its place.
  void run_all(SharedSnapshot& shared, const std::vector<Read>& reads) {
    contexts.clear();
    for (std::size_t i = 0; i < reads.size(); ++i)
      contexts.push_back(std::make_unique<RequestContext>(reader()));
    shared.expect(static_cast<int>(reads.size()));
    int ended = 0;
    for (std::size_t i = 0; i < reads.size(); ++i)
      rig->start(run_one(shared, *contexts[i], reads[i]), ended);
    EXPECT_TRUE(rig->run_until([&] { return ended == static_cast<int>(reads.size()); }));
  }
  static Task<void> run_one(SharedSnapshot& shared, RequestContext& context, const Read& read) {
    auto joined = shared.join(context);
    co_await read(context);
    joined.reset();
    shared.leave();
  }
  Read read_sum(std::int64_t& into) {
    return [this, &into](RequestContext& context) -> Task<void> {
      const auto found = co_await db().read_one<std::int64_t>(context, sum);
      EXPECT_TRUE(found) << found.error().log_detail;
      into = found ? **found : -1;
    };
  }
  Read read_error(const TestQuery& query, Error& into) {
    return [this, &query, &into](RequestContext& context) -> Task<void> {
      const auto found = co_await db().read_one<std::int64_t>(context, query);
      EXPECT_FALSE(found);
      if (!found)
        into = found.error();
    };
  }

  test::TestDatabase admin{test::Schema::empty};
  TestQuery sum{"numbers.sum", "SELECT sum(value)::int8 FROM numbers"};
  TestQuery facts{"numbers.facts",
                  "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'), "
                  "coalesce(pg_current_xact_id_if_assigned()::text, 'none'), current_setting('app.user_id'), "
                  "pg_current_snapshot()::text, now()::text"};
  TestQuery divide{"numbers.divide", "SELECT (1 / (value - value))::int8 FROM numbers LIMIT 1"};
  TestQuery sleep{"numbers.sleep", "SELECT 1::int8 FROM pg_sleep(30)"};
  TestQuery insert{"numbers.insert", "INSERT INTO numbers VALUES (1000, 1000) RETURNING value", {}, QueryMode::write};
  PoolSettings settings;
  RequestContext opener;
  std::vector<std::unique_ptr<RequestContext>> contexts;
  std::optional<PostgresRig> rig;
};

INSTANTIATE_TEST_SUITE_P(BothModes, SharedSnapshotTest, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "Direct" : "Pooled"; });

TEST_P(SharedSnapshotTest, SeesNothingThatWasCommittedAfterItsFirstStatement) {
  const auto shared = open();
  std::int64_t first = 0, second = 0, of_another = 0;
  OneShot<bool> inserted(rig->context);
  const auto read_twice = [&](RequestContext& context) -> Task<void> {
    co_await read_sum(first)(context);
    admin.run("INSERT INTO numbers VALUES (11, 1000000)");
    inserted.set(true);
    co_await read_sum(second)(context);
  };
  const auto read_later = [&](RequestContext& context) -> Task<void> {
    co_await inserted.wait();
    co_await read_sum(of_another)(context);
  };
  run_all(*shared, {read_twice, read_later});
  EXPECT_EQ(first, 55);
  EXPECT_EQ(second, 55);
  EXPECT_EQ(of_another, 55);
  const auto next = open();
  run_all(*next, {read_sum(first)});
  EXPECT_EQ(first, 1000055);
  EXPECT_GE(*next->as_of(), *shared->as_of());
}

TEST_P(SharedSnapshotTest, FirstStatementsOfAllReadersLeaveInOneSend) {
  for (int i = 0; i < 2; ++i) {  // the statement is prepared, then it is not
    const auto shared = open();
    std::int64_t sums[8];
    std::vector<Read> reads;
    for (auto& each : sums)
      reads.push_back(read_sum(each));
    std::uint64_t writes = 0;
    const auto count = [&](RequestContext& context) -> Task<void> {
      std::int64_t own = 0;
      co_await read_sum(own)(context);
      writes = shared->writes();
    };
    reads.push_back(count);
    run_all(*shared, reads);
    for (const auto each : sums)
      EXPECT_EQ(each, 55);
    EXPECT_EQ(writes, 1u);
    EXPECT_EQ(shared->round_trips(), 1u);
    EXPECT_EQ(contexts.front()->statements, 1u);
    EXPECT_EQ(contexts.front()->snapshot, shared->snapshot());
    EXPECT_NE(shared->snapshot(), "");
  }
}

TEST_P(SharedSnapshotTest, DependentStatementsFollowInTheSameTransaction) {
  const auto shared = open();
  std::vector<Facts> seen;
  const auto read_often = [&](RequestContext& context) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      const auto found = co_await db().read_one<Facts>(context, facts);
      EXPECT_TRUE(found) << found.error().log_detail;
      if (found)
        seen.push_back(**found);
    }
  };
  std::int64_t beside = 0;
  run_all(*shared, {read_often, read_sum(beside)});
  ASSERT_EQ(seen.size(), 3u);
  for (const Facts& each : seen) {
    EXPECT_EQ(each.isolation, "repeatable read");
    EXPECT_EQ(each.read_only, "on");
    EXPECT_EQ(each.xid, "none");
    EXPECT_EQ(each.user, opener.identity.user_id.to_string());
    EXPECT_EQ(each.snapshot, shared->snapshot());
    EXPECT_EQ(each.began, seen.front().began);
  }
  EXPECT_EQ(shared->round_trips(), 3u);
  EXPECT_EQ(contexts.front()->round_trips, 3u);
}

TEST_P(SharedSnapshotTest, LeavesNothingBehindForOtherTransactions) {
  std::int64_t value = 0;
  {
    const auto shared = open();
    run_all(*shared, {read_sum(value)});
  }
  auto context = reader();
  const auto found = rig->run(db().read_one<Facts>(context, facts));
  ASSERT_TRUE(found) << found.error().log_detail;
  EXPECT_EQ((*found)->isolation, "read committed");
  EXPECT_EQ((*found)->read_only, "off");
  const auto written = rig->run(db().write_one<std::int64_t>(context, insert));
  EXPECT_TRUE(written) << written.error().log_detail;
}

TEST_P(SharedSnapshotTest, OneFailedStatementFailsAllReadersButNotTheNextSnapshot) {
  for (int i = 0; i < 3; ++i) {  // more often than there are connections
    const auto shared = open();
    std::int64_t before = 0;
    Error failed, behind, later, after_own;
    const auto go_on = [&](RequestContext& context) -> Task<void> {
      co_await read_sum(before)(context);
      co_await read_error(sum, after_own)(context);
    };
    const auto ask_again = [&](RequestContext& context) -> Task<void> {
      co_await read_error(sum, behind)(context);
      co_await read_error(sum, later)(context);
    };
    run_all(*shared, {go_on, read_error(divide, failed), ask_again});
    EXPECT_EQ(before, 55);
    EXPECT_EQ(failed.code, Errc::invalid_argument) << failed.log_detail;
    EXPECT_EQ(behind.log_detail, failed.log_detail);
    EXPECT_EQ(after_own.log_detail, failed.log_detail);
    EXPECT_EQ(later.log_detail, failed.log_detail);
    EXPECT_EQ(shared->failed_reader(), contexts[1].get());
    EXPECT_FALSE(shared->may_repeat());
  }
  const auto next = open();
  std::int64_t value = 0;
  run_all(*next, {read_sum(value)});
  EXPECT_EQ(value, 55);
}

TEST_P(SharedSnapshotTest, AKilledServerProcessFailsAllAsUnavailable) {
  const auto shared = open();
  Error slow, behind;
  const auto kill = [&](RequestContext& context) -> Task<void> { co_await read_error(sum, behind)(context); };
  std::thread killer([&] {
    EXPECT_TRUE(test::wait_until([&] {
      return admin
                 .run(
                     "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                     "current_database() AND query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid() AND state = "
                     "'active') AS killed")
                 .integer() > 0;
    }));
  });
  run_all(*shared, {read_error(sleep, slow), kill});
  killer.join();
  EXPECT_EQ(slow.code, Errc::unavailable) << slow.log_detail;
  EXPECT_EQ(behind.code, Errc::unavailable) << behind.log_detail;
  EXPECT_EQ(slow.retry_after_s, 1);
  const auto next = open();
  std::int64_t value = 0;
  run_all(*next, {read_sum(value)});
  EXPECT_EQ(value, 55);
}

TEST_P(SharedSnapshotTest, PastItsDeadlineAllFailAndTheServerStops) {
  opener.deadline = std::chrono::steady_clock::now() + 400ms;
  const auto shared = open();
  Error slow, behind;
  run_all(*shared, {read_error(sleep, slow), read_error(sum, behind)});
  EXPECT_EQ(slow.code, Errc::deadline_exceeded) << slow.log_detail;
  EXPECT_EQ(behind.code, Errc::deadline_exceeded) << behind.log_detail;
  EXPECT_TRUE(rig->run_until([&] {
    return admin
               .run(
                   "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
                   "AND query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()")
               .integer() == 0;
  }));
  opener.deadline = std::chrono::steady_clock::now() + 30s;
  const auto next = open();
  std::int64_t value = 0;
  run_all(*next, {read_sum(value)});
  EXPECT_EQ(value, 55);
}

TEST_P(SharedSnapshotTest, RefusesWhatItsSnapshotCannotAnswer) {
  Database other(rig->context, rig->timer, settings);
  const auto write = [&](RequestContext& context) -> Task<void> {
    const auto refused = co_await db().write_one<std::int64_t>(context, insert);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  };
  const auto read_elsewhere = [&](RequestContext& context) -> Task<void> {
    const auto refused = co_await other.read_one<std::int64_t>(context, sum);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  };
  const auto read_as_another = [&](RequestContext& context) -> Task<void> {
    context.identity.user_id = Uuid::v7();
    const auto refused = co_await db().read_one<std::int64_t>(context, sum);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  };
  const auto open_another = [&](RequestContext& context) -> Task<void> {
    const auto refused = co_await db().begin_transaction(context);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  };
  for (const Read& read : {Read(write), Read(read_elsewhere), Read(read_as_another), Read(open_another)}) {
    const auto shared = open();
    Error beside;
    run_all(*shared, {read_error(sum, beside), read});
    EXPECT_EQ(shared->failed_reader(), contexts[1].get());
    EXPECT_EQ(beside.code, Errc::invalid_argument);
  }
  EXPECT_EQ(admin.run("SELECT count(*) FROM numbers").integer(), 10);
}

TEST_P(SharedSnapshotTest, AReaderThatWaitsForSomethingElseDoesNotHoldTheOthers) {
  const auto shared = open();
  OneShot<bool> read(rig->context);
  std::int64_t value = 0;
  const auto first = [&](RequestContext& context) -> Task<void> {
    co_await read_sum(value)(context);
    read.set(true);
  };
  const auto waits = [&](RequestContext&) -> Task<void> { co_await read.wait(); };
  run_all(*shared, {first, waits});
  EXPECT_EQ(value, 55);
}

TEST_P(SharedSnapshotTest, WithoutAStatementThereIsNoTransaction) {
  for (int i = 0; i < 3; ++i) {
    const auto shared = open();
    const auto nothing = [](RequestContext&) -> Task<void> { co_return; };
    run_all(*shared, {nothing, nothing});
    EXPECT_FALSE(shared->as_of());
    EXPECT_EQ(shared->round_trips(), 0u);
  }
}

TEST_P(SharedSnapshotTest, MayBeRepeatedAfterAMigrationChangedAStatement) {
  if (GetParam() == PoolMode::pooled)
    GTEST_SKIP() << "waits for nothing: it runs in direct mode, a pooled connection prepares nothing";
  admin.run("CREATE TABLE changing (value int8); INSERT INTO changing VALUES (7); GRANT SELECT ON changing TO PUBLIC");
  TestQuery all{"changing.all", "SELECT * FROM changing"};
  std::int64_t value = 0;
  const auto read = [&](RequestContext& context) -> Task<void> {
    const auto found = co_await db().run(context, all.bind());
    value = found ? found->result->row_count() : 0;
  };
  const auto before = open();
  run_all(*before, {read});
  EXPECT_EQ(value, 1);
  open();  // the one connection is free again, so the transaction before is over
  admin.run("ALTER TABLE changing ADD COLUMN more int8");
  const auto stale = open();
  run_all(*stale, {read});
  EXPECT_TRUE(stale->may_repeat());
  const auto next = open();
  run_all(*next, {read});
  EXPECT_FALSE(next->failure()) << next->failure()->log_detail;
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace salesflow::postgres
