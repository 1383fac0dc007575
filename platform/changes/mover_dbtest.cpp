// Changes on their way from the outbox into the feed: nothing is lost, doubled or out of order, and a batch costs what
// it moves.
#include <fmt/format.h>

#include "platform/changes/jobs.hpp"
#include "platform/changes/queries.hpp"
#include "platform/jobs/runner.hpp"
#include "tests/support/changes_rig.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::changes {
namespace {

using namespace std::chrono_literals;
using cluster::SqlSession;
using test::Login;
using test::TestDatabase;

class MoverTest : public testing::Test {
 protected:
  MoverTest() {
    node.moved();
    database.run("DELETE FROM salesflow.change_feed WHERE number < (SELECT max(number) FROM salesflow.change_feed)");
    start = number("SELECT coalesce(max(number), 0) FROM salesflow.change_feed");
  }

  std::int64_t number(const std::string& query) { return database.run(query).integer(); }
  SqlSession session() { return SqlSession::connect(database.url(Login::superuser)).value(); }
  std::string insert(const std::string& name) const {
    return fmt::format("INSERT INTO leads (user_id, name) VALUES ('{}', '{}')", account.user_id.to_string(), name);
  }
  /// Names of the leads that the feed tells of, in its order.
  std::string told() {
    return database
        .run(fmt::format(
            "SELECT coalesce(string_agg(l.name, ' ' ORDER BY f.number), '') FROM salesflow.change_feed AS f "
            "JOIN leads AS l ON l.id = f.ids[1] WHERE f.topic = 'leads' AND f.number > {}",
            start))
        .value();
  }
  /// `count` rows of the outbox, each in a transaction that is over.
  void fill_outbox(int count) {
    database.run(
        "INSERT INTO outbox (topic, operation, user_id, ids) SELECT 'leads', 'insert', $1::uuid, "
        "ARRAY[gen_random_uuid()] "
        "FROM generate_series(1, $2::int)",
        {account.user_id.to_string(), std::to_string(count)});
  }
  static std::string array_of(const std::vector<IdRange>& ranges, std::int64_t IdRange::*side) {
    std::string text = "'{";
    for (const IdRange& range : ranges)
      text += (text.size() > 2 ? "," : "") + std::to_string(range.*side);
    return text + "}'";
  }
  /// Pages that a statement reads and writes when it runs as the service runs it, in a trial that is rolled back.
  std::int64_t buffers_of(const Query& query, const std::string& types, const std::string& arguments) {
    auto trial = SqlSession::connect(database.url(Login::worker)).value();
    std::string text;
    trial
        .run("SET plan_cache_mode = force_generic_plan; BEGIN; PREPARE trial (" + types + ") AS " +
             std::string(query.text))
        .value();
    for (const char* run : {"cold", "warm"}) {
      trial.run(std::string("SAVEPOINT ") + run).value();
      text = trial.run("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE trial (" + arguments + ")").value().value();
      trial.run(std::string("ROLLBACK TO SAVEPOINT ") + run).value();
    }
    trial.run("ROLLBACK").value();
    const auto pages = [&](const std::string& key) {
      return std::stoll(text.substr(text.find("\"" + key + "\": ") + key.size() + 4));  // the first: of the whole plan
    };
    return pages("Shared Hit Blocks") + pages("Shared Read Blocks");
  }
  std::int64_t batch_buffers(Node& of) {
    auto context = Node::request();
    EXPECT_TRUE(of.rig.run(of.mover.look(context)).value());
    const OpenIds& open = of.mover.open();
    return buffers_of(sql::move_changes, "int8[], int8[], int8, int8",
                      fmt::format("{}, {}, {}, {}", array_of(open.due(), &IdRange::from),
                                  array_of(open.due(), &IdRange::to), open.low(), open.tail() - 1));
  }
  std::int64_t look_buffers(Node& of) {
    return buffers_of(sql::look_at_outbox, "int8", std::to_string(of.mover.open().tail()));
  }

  TestDatabase database;
  TestDatabase::Account account = database.create_account("eva@example.com");
  Node node{database};
  std::int64_t start = 0;
};

TEST_F(MoverTest, MovesWhatIsCommittedAndNothingElse) {
  EXPECT_EQ(node.moved(), 0);
  database.run(insert("one"));
  auto undecided = session();
  undecided.run("BEGIN; " + insert("undone")).value();
  EXPECT_EQ(node.moved(), 1);
  undecided.run("ROLLBACK").value();
  EXPECT_EQ(node.moved(), 0);
  EXPECT_EQ(told(), "one");
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0);
  const auto row = database.run(
      "SELECT topic, operation, user_id, cardinality(ids) FROM salesflow.change_feed ORDER BY number DESC LIMIT 1");
  EXPECT_EQ(row.value(0, 0), "leads");
  EXPECT_EQ(row.value(0, 1), "insert");
  EXPECT_EQ(row.value(0, 2), account.user_id.to_string());
  EXPECT_EQ(row.value(0, 3), "1");
}

TEST_F(MoverTest, ALateCommitComesLateAndAnOpenWriterStopsNobody) {
  auto late = session();
  late.run("BEGIN; " + insert("late")).value();
  for (int i = 0; i < 5; ++i) {
    database.run(insert(std::to_string(i)));
    EXPECT_EQ(node.moved(), 1) << "what came after the open writer's row is moved at once";
  }
  late.run(insert("later")).value();
  database.run(insert("5"));
  EXPECT_EQ(node.moved(), 1);
  late.run("COMMIT").value();
  EXPECT_EQ(node.moved(), 2);
  EXPECT_EQ(told(), "0 1 2 3 4 5 late later");
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0);
}

// A snapshot names who ran up to the last xid that has ended, and nobody beyond.
TEST_F(MoverTest, AWriterThatBeganLastOfAllIsNotForgotten) {
  auto late = session(), later = session();
  late.run("BEGIN; " + insert("late")).value();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(node.moved(), 0) << "looks while nobody else has an xid";
  later.run("BEGIN; " + insert("later")).value();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(node.moved(), 0);
  later.run("COMMIT").value();
  EXPECT_EQ(node.moved(), 1);
  late.run("COMMIT").value();
  EXPECT_EQ(node.moved(), 1);
  EXPECT_EQ(told(), "later late");
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0);
}

TEST_F(MoverTest, ChangesOfOneRowStandInTheOrderOfTheirCommits) {
  database.run(insert("shared"));
  database.run(insert("other"));
  for (const bool between : {false, true}) {
    node.moved();
    start = number("SELECT max(number) FROM salesflow.change_feed");
    // b has the lower xid and the lower first id; it commits second, after it has waited for a's row.
    auto a = session(), b = session();
    b.run("BEGIN; UPDATE leads SET company = 'b' WHERE name = 'other'").value();
    a.run("BEGIN; UPDATE leads SET company = 'a' WHERE name = 'shared'; COMMIT").value();
    EXPECT_EQ(between ? node.moved() : 1, 1);
    b.run("UPDATE leads SET company = 'b' WHERE name = 'shared'; COMMIT").value();
    EXPECT_EQ(node.moved(), between ? 2 : 3);
    EXPECT_EQ(told(), between ? "shared other shared" : "other shared shared");
    EXPECT_EQ(
        database
            .run("SELECT string_agg(CASE WHEN f.written_at = e.began THEN 'b' ELSE 'a' END, '' ORDER BY f.number) "
                 "FROM salesflow.change_feed AS f, (SELECT min(written_at) AS began FROM salesflow.change_feed "
                 "WHERE number > $1) AS e WHERE f.number > $1",
                 {std::to_string(start)})
            .value(),
        between ? "abb" : "bab");
  }
}

TEST_F(MoverTest, ABatchThatWasNotCommittedIsMovedAgainAndOnce) {
  for (int i = 0; i < 3; ++i)
    database.run(insert(std::to_string(i)));
  const auto lost = node.turn([&] {
    database.run(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'salesflow_worker' AND datname "
        "= "
        "current_database() AND state = 'idle in transaction'");
  });
  EXPECT_TRUE(lost.has_error());
  EXPECT_EQ(told(), "");
  database.run(insert("3"));
  ASSERT_TRUE(node.rig.run_until([&] {
    const auto rows = node.turn();
    return rows && *rows == 4;
  }));
  EXPECT_EQ(told(), "0 1 2 3");
  EXPECT_EQ(node.moved(), 0);
}

TEST_F(MoverTest, AnotherMoverGoesOnWhereTheFirstWas) {
  auto late = session();
  late.run("BEGIN; " + insert("late")).value();
  database.run(insert("one"));
  EXPECT_EQ(node.moved(), 1);
  Node next(database);
  EXPECT_EQ(next.moved(), 0);
  late.run("COMMIT").value();
  EXPECT_EQ(next.moved(), 1) << "an id below the last that was moved";
  database.run(insert("two"));
  EXPECT_EQ(next.moved(), 1);
  database.run(insert("three"));
  EXPECT_EQ(node.moved(), 1) << "the first sees that it was not alone";
  EXPECT_EQ(told(), "one late two three");
}

TEST_F(MoverTest, IdsThatBeginAnewAreMoved) {
  fill_outbox(10);
  EXPECT_EQ(node.moved(), 10);
  database.run("TRUNCATE outbox RESTART IDENTITY");
  database.run(insert("one"));
  EXPECT_EQ(node.moved(), 1);
  database.run(insert("two"));
  Node next(database);
  EXPECT_EQ(next.moved(), 1);
  EXPECT_EQ(told(), "one two");
}

/// Two nodes as they run in production: the runner gives the lease to one, and takes it away.
TEST_F(MoverTest, TwoMoversUnderALeaseDoubleNothing) {
  struct Runs {
    explicit Runs(const TestDatabase& database, const std::string& name)
        : node(database), leases(jobs::make_pg_store(*node.rig.database)) {
      jobs::RunnerSettings settings;
      settings.node = name;
      settings.heartbeat = 50ms;
      settings.patience = 30s;
      runner.emplace(node.rig.context, std::vector{move_changes_job(node.mover)}, leases.get(), metrics, settings);
      runner->start();
    }
    ~Runs() {
      int ended = 0;
      node.rig.start(runner->stop(std::chrono::steady_clock::now() + 20s), ended);
      EXPECT_TRUE(node.rig.run_until([&] { return ended == 1; }));
    }
    Node node;
    telemetry::Registry metrics;
    std::unique_ptr<jobs::Store> leases;
    std::optional<jobs::Runner> runner;
  };
  Runs a(database, "a"), b(database, "b");
  const auto run = [](Runs& node) {
    node.node.rig.context.restart();
    node.node.rig.context.run_for(10ms);
  };
  int written = 0;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 20; ++i)
      database.run(insert(std::to_string(written++)));
    ASSERT_TRUE(test::wait_until(
        [&] {
          run(a);
          run(b);
          return number("SELECT count(*) FROM salesflow.change_feed WHERE topic = 'leads'") >= written;
        },
        60s));
    // The leader sleeps while its lease ends, with changes before it.
    Runs &leader = a.runner->leads("move_changes") ? a : b, &other = &leader == &a ? b : a;
    database.run(insert(std::to_string(written++)));
    database.run("UPDATE salesflow.job_leases SET expires_at = now() - interval '1 second'");
    ASSERT_TRUE(test::wait_until(
        [&] {
          run(other);
          return other.runner->leads("move_changes");
        },
        60s));
  }
  ASSERT_TRUE(test::wait_until(
      [&] {
        run(a);
        run(b);
        return number("SELECT count(*) FROM outbox") == 0;
      },
      60s));
  EXPECT_GE(number("SELECT max(epoch) FROM salesflow.job_leases WHERE name = 'move_changes'"), 3);
  EXPECT_EQ(number("SELECT count(*) FROM salesflow.change_feed WHERE topic = 'leads'"), written);
  EXPECT_EQ(number("SELECT count(DISTINCT ids[1]) FROM salesflow.change_feed WHERE topic = 'leads'"), written);
}

TEST_F(MoverTest, AHeldSnapshotMakesNoBatchCostMore) {
  EXPECT_EQ(node.moved(), 0);
  const std::int64_t idle = look_buffers(node);
  auto dump = session();
  dump.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM leads").value();
  fill_outbox(100);
  const std::int64_t first = batch_buffers(node);
  EXPECT_EQ(node.moved(), 100);
  for (int i = 0; i < 60; ++i) {
    fill_outbox(1'000);
    ASSERT_EQ(node.moved(), 1'000);
  }
  EXPECT_GT(number("SELECT pg_relation_size('outbox')"), 60'000 * 80) << "all of it is dead and none of it gone";
  EXPECT_EQ(node.moved(), 0);
  EXPECT_LE(idle, 9);
  EXPECT_LE(look_buffers(node), idle + 3);
  fill_outbox(100);
  EXPECT_LE(batch_buffers(node), first + first / 5 + 20);
  EXPECT_EQ(node.moved(), 100);
  // A mover that begins anew does so where the last one was.
  Node next(database);
  EXPECT_EQ(next.moved(), 0);
  fill_outbox(100);
  EXPECT_LE(batch_buffers(next), first + first / 5 + 20);
  dump.run("COMMIT").value();
}

TEST_F(MoverTest, AWriterThatStaysOpenMakesNoBatchCostMore) {
  fill_outbox(100);
  const std::int64_t first = batch_buffers(node);
  node.moved();
  auto open = session();
  open.run("BEGIN").value();
  for (int i = 0; i < 40; ++i) {
    open.run(insert("open " + std::to_string(i))).value();
    fill_outbox(1'000);
    ASSERT_EQ(node.moved(), 1'000);
  }
  EXPECT_EQ(node.moved(), 0);
  EXPECT_EQ(node.mover.open().parked(), 40U);
  fill_outbox(100);
  EXPECT_LE(batch_buffers(node), first + first / 5 + 20);
  node.moved();
  open.run("COMMIT").value();
  EXPECT_EQ(node.moved(), 40);
  EXPECT_EQ(node.moved(), 0);
  EXPECT_EQ(node.mover.open().parked(), 0U);
}

TEST_F(MoverTest, ABacklogIsWorkedOffInBatchesOfOneCost) {
  constexpr int rows = 100'000;
  database.run("VACUUM (ANALYZE) outbox");  // what the planner knows of it is that it is empty
  fill_outbox(rows);
  auto dump = session();
  dump.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM leads").value();
  EXPECT_LE(look_buffers(node), 12);
  const std::int64_t first = batch_buffers(node);
  EXPECT_LE(first, 10 * moved_at_once);
  std::int64_t moved = 0;
  for (bool more = true; more;) {
    const auto done = node.rig.run(node.bite({})).value();
    EXPECT_LE(done.rows, moved_at_once);
    moved += done.rows;
    more = done.more && moved < rows - 10'000;
  }
  EXPECT_LE(batch_buffers(node), first + first / 5);
  EXPECT_EQ(moved + node.moved(), rows);
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0);
}

TEST_F(MoverTest, ItsCommitWaitsForTheDisk) {
  database.run("ALTER DATABASE " + database.name() + " SET synchronous_commit = off");
  Node quick(database);
  database.run(insert("one"));
  std::string setting;
  auto context = Node::request();
  ASSERT_TRUE(quick.rig.run(quick.mover.look(context)).value());
  auto look_inside = [&]() -> Task<Result<void>> {
    RequestContext request = Node::request();
    auto transaction = co_await quick.rig.database->begin_transaction(request);
    request.transaction = transaction->get();
    (void)co_await quick.mover.move(request);
    static const test::TestQuery show("test.show", "SELECT current_setting('synchronous_commit') AS setting");
    const auto row = co_await quick.rig.database->read_one<std::string_view>(request, show);
    setting = row && row->row ? std::string(*row->row) : "";
    request.transaction = nullptr;
    co_return Result<void>();
  };
  (void)quick.rig.run(look_inside());
  EXPECT_EQ(setting, "local");
}

}  // namespace
}  // namespace salesflow::changes
