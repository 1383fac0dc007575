// Exclusive transactions, COPY and LISTEN against real servers; transactions and COPY in both modes.
#include "platform/postgres/transaction.hpp"

#include <gtest/gtest.h>

#include "platform/postgres/copy_in.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;
using test::PostgresRig;
using test::TestQuery;

class TransactionTest : public testing::TestWithParam<PoolMode> {
 protected:
  TransactionTest() {
    admin.run(
        "CREATE TABLE notes (id int4 PRIMARY KEY, text text NOT NULL, parent int4 REFERENCES notes (id) DEFERRABLE "
        "INITIALLY "
        "DEFERRED); GRANT USAGE ON SCHEMA public TO salesflow_app; GRANT SELECT, INSERT ON notes TO salesflow_app;"
        "GRANT CONNECT, TEMPORARY ON DATABASE " +
        admin.name() + " TO salesflow_app");
    settings.mode = GetParam();
    settings.conninfo = GetParam() == PoolMode::pooled ? admin.pooled_url() : admin.url();
    settings.connections = 1;
    settings.exclusive_connections_max = 2;
    settings.acquire_timeout = 5s;
    rig.emplace(settings);
    context.deadline = std::chrono::steady_clock::now() + 30s;
    context.identity.user_id = Uuid::v7();
  }
  Database& db() { return *rig->database; }
  std::int64_t count() { return admin.run("SELECT count(*) FROM notes").integer(); }
  std::unique_ptr<Transaction> begin() {
    auto transaction = rig->run(db().begin_transaction(context));
    EXPECT_TRUE(transaction) << transaction.error().log_detail;
    return std::move(*transaction);
  }

  test::TestDatabase admin{test::Schema::empty};
  TestQuery insert{"notes.insert",
                   "INSERT INTO notes (id, text, parent) VALUES ($1, $2, $3)",
                   {oid::int4, oid::text, oid::int4},
                   QueryMode::write};
  TestQuery who{"notes.who", "SELECT current_setting('app.user_id')"};
  TestQuery sleep{"notes.sleep", "SELECT pg_sleep(30)::text"};
  PoolSettings settings;
  RequestContext context;
  std::optional<PostgresRig> rig;
};

INSTANTIATE_TEST_SUITE_P(BothModes, TransactionTest, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "Direct" : "Pooled"; });

TEST_P(TransactionTest, CommitsWhatEveryStatementOfTheRequestDid) {
  auto transaction = begin();
  context.transaction = transaction.get();
  ASSERT_TRUE(rig->run(db().write(context, insert, 1, std::string("one"), nullptr)));
  ASSERT_TRUE(rig->run(db().write(context, insert, 2, std::string("two"), 1)));
  EXPECT_EQ(**rig->run(db().read_one<std::string>(context, who)), context.identity.user_id.to_string());
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(context.written.empty());
  ASSERT_TRUE(rig->run(transaction->commit()));
  EXPECT_EQ(count(), 2);
  ASSERT_EQ(context.written.size(), 1u);
  EXPECT_EQ(context.written[0].xid, transaction->xid());
  transaction.reset();
  EXPECT_EQ(context.transaction, nullptr);
}

TEST_P(TransactionTest, InOneEverythingOfABodyIsWrittenOrNothing) {
  const auto write_two = [&](std::int32_t first, std::int32_t second) -> Task<Result<std::string>> {
    const auto written = co_await db().write(context, insert, first, std::string("a"), nullptr);
    if (!written)
      co_return written.error();
    const auto also = co_await db().write(context, insert, second, std::string("b"), nullptr);
    if (!also)
      co_return also.error();
    co_return "both";
  };
  for (int i = 0; i < 5; ++i) {  // more often than there are exclusive connections
    const auto same = [&] { return write_two(1, 1); };
    EXPECT_EQ(rig->run(db().in_transaction(context, same)).error().code, Errc::conflict);
    EXPECT_EQ(context.transaction, nullptr);
    EXPECT_EQ(count(), 0);
  }
  EXPECT_TRUE(context.written.empty());
  const auto body = [&] { return write_two(1, 2); };
  EXPECT_EQ(rig->run(db().in_transaction(context, body)).value(), "both");
  EXPECT_EQ(context.transaction, nullptr);
  EXPECT_EQ(context.written.size(), 1u) << "one commit";
  EXPECT_EQ(count(), 2);
}

TEST_P(TransactionTest, InOneABodyThatThrowsWritesNothing) {
  const auto body = [&]() -> Task<Result<int>> {
    (void)co_await db().write(context, insert, 1, std::string("a"), nullptr);
    throw std::runtime_error("a bug");
  };
  EXPECT_THROW(rig->run(db().in_transaction(context, body)), std::runtime_error);
  EXPECT_EQ(context.transaction, nullptr);
  EXPECT_EQ(count(), 0);
}

TEST_P(TransactionTest, InOneTellsWhatItsCommitMeets) {
  const auto body = [&] { return db().write(context, insert, 1, std::string("orphan"), 99); };
  EXPECT_EQ(rig->run(db().in_transaction(context, body)).error().code, Errc::invalid_argument) << "deferred constraint";
  EXPECT_EQ(count(), 0);
}

TEST_P(TransactionTest, InOneABodyJoinsTheTransactionThatItsRequestIsIn) {
  auto transaction = begin();
  context.transaction = transaction.get();
  const auto body = [&] { return db().write(context, insert, 1, std::string("a"), nullptr); };
  const auto refused = [&]() -> Task<Result<int>> { co_return fail(Errc::conflict, "no"); };
  EXPECT_TRUE(rig->run(db().in_transaction(context, body)));
  EXPECT_EQ(rig->run(db().in_transaction(context, refused)).error().code, Errc::conflict);
  EXPECT_EQ(context.transaction, transaction.get()) << "who opened it ends it";
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(rig->run(transaction->commit()));
  EXPECT_EQ(count(), 1);
}

TEST_P(TransactionTest, RollsBackWhenItIsDropped) {
  for (int i = 0; i < 5; ++i) {  // more often than there are exclusive connections
    auto transaction = begin();
    ASSERT_TRUE(rig->run(transaction->run(insert.bind(1, "gone", nullptr))));
  }
  EXPECT_EQ(count(), 0);
}

TEST_P(TransactionTest, IsOverAfterAnErrorAndItsConnectionIsNot) {
  for (int i = 0; i < 5; ++i) {
    auto transaction = begin();
    ASSERT_TRUE(rig->run(transaction->run(insert.bind(1, "a", nullptr))));
    EXPECT_EQ(rig->run(transaction->run(insert.bind(1, "b", nullptr))).error().code, Errc::conflict);
    auto commit = rig->run(transaction->commit());
    ASSERT_TRUE(commit.has_error());  // not: silently rolled back
    EXPECT_TRUE(context.written.empty());
  }
  EXPECT_EQ(count(), 0);
}

TEST_P(TransactionTest, ReportsADeferredConstraintAtTheCommit) {
  auto transaction = begin();
  ASSERT_TRUE(rig->run(transaction->run(insert.bind(1, "orphan", 99))));
  EXPECT_EQ(rig->run(transaction->commit()).error().code, Errc::invalid_argument);
  EXPECT_TRUE(context.written.empty());
  EXPECT_EQ(count(), 0);
}

TEST_P(TransactionTest, CancelsAStatementAtTheDeadline) {
  auto transaction = begin();
  context.deadline = std::chrono::steady_clock::now() + 200ms;
  EXPECT_EQ(rig->run(transaction->run(sleep.bind())).error().code, Errc::deadline_exceeded);
  EXPECT_FALSE(transaction->is_open());
  const auto sleepers = [&] {
    return admin
        .run(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query "
            "LIKE "
            "'%pg_sleep(30)%' AND pid <> pg_backend_pid()")
        .integer();
  };
  EXPECT_TRUE(rig->run_until([&] { return sleepers() == 0; }, 10s));
  context.deadline = std::chrono::steady_clock::now() + 10s;
  EXPECT_TRUE(begin()->is_open());
}

TEST_P(TransactionTest, WaitsForAnExclusiveConnectionOnlySoLong) {
  auto one = begin(), two = begin();
  RequestContext third = context;
  third.deadline = std::chrono::steady_clock::now() + 200ms;
  EXPECT_EQ(rig->run(db().begin_transaction(third)).error().code, Errc::deadline_exceeded);
  one.reset();
  third.deadline = std::chrono::steady_clock::now() + 5s;
  EXPECT_TRUE(rig->run(db().begin_transaction(third)));
}

TEST_P(TransactionTest, CopiesRowsInPiecesThroughATemporaryTable) {
  const TestQuery make("t.make", "CREATE TEMPORARY TABLE incoming (id int4, text text) ON COMMIT DROP", {},
                       QueryMode::write);
  const TestQuery move("t.move", "INSERT INTO notes (id, text) SELECT id, text FROM incoming", {}, QueryMode::write);
  auto transaction = begin();
  ASSERT_TRUE(rig->run(transaction->run(make.bind())));
  auto copy = rig->run(db().copy_in(*transaction, "COPY incoming (id, text) FROM STDIN"));
  ASSERT_TRUE(copy) << copy.error().log_detail;
  std::string rows;
  const std::string long_text = std::string(20'000, 'x') + "\t\\ \n end";
  for (int i = 0; i < 500; ++i) {
    CopyIn::append_field(rows, std::to_string(i));
    rows += '\t';
    CopyIn::append_field(rows, long_text);
    rows += '\n';
  }
  for (std::size_t at = 0; at < rows.size(); at += 777'777)
    ASSERT_TRUE(rig->run((*copy)->send(rows.substr(at, 777'777))));
  auto copied = rig->run((*copy)->finish());
  ASSERT_TRUE(copied) << copied.error().log_detail;
  EXPECT_EQ(*copied, 500u);
  ASSERT_TRUE(rig->run(transaction->run(move.bind())));
  ASSERT_TRUE(rig->run(transaction->commit()));
  EXPECT_EQ(admin.run("SELECT count(*) FROM notes WHERE text = $1", {long_text}).integer(), 500);
}

TEST_P(TransactionTest, KeepsNothingOfACopyThatFails) {
  const TestQuery make("t.make", "CREATE TEMPORARY TABLE incoming (id int4) ON COMMIT DROP", {}, QueryMode::write);
  for (const char* how : {"bad row", "aborted", "dropped", "no such table"}) {
    auto transaction = begin();
    ASSERT_TRUE(rig->run(transaction->run(make.bind())));
    const bool missing = std::string_view(how) == "no such table";
    auto copy = rig->run(db().copy_in(*transaction, missing ? "COPY nowhere FROM STDIN" : "COPY incoming FROM STDIN"));
    if (missing) {
      EXPECT_EQ(copy.error().code, Errc::internal);
    } else {
      ASSERT_TRUE(copy);
      ASSERT_TRUE(rig->run((*copy)->send("1\n")));
      if (std::string_view(how) == "bad row") {
        ASSERT_TRUE(rig->run((*copy)->send("not a number\n")));
        EXPECT_EQ(rig->run((*copy)->finish()).error().code, Errc::invalid_argument);
      }
      if (std::string_view(how) == "aborted")
        rig->run((*copy)->abort());
      copy->reset();
    }
    EXPECT_TRUE(rig->run(transaction->commit()).has_error()) << how;
  }
  EXPECT_TRUE(begin()->is_open());
}

TEST_P(TransactionTest, HearsNotificationsAlsoAfterItsConnectionWasKilled) {
  if (GetParam() == PoolMode::pooled) {
    EXPECT_THROW(db().listen(
                     {"x"}, [](auto, auto) {}, [] {}),
                 std::logic_error);
    return;
  }
  std::vector<std::string> heard;
  int connected = 0;
  db().listen(
      {"orders", "odd \"name\""},
      [&](std::string_view channel, std::string_view payload) {
        heard.push_back(std::string(channel) + "=" + std::string(payload));
      },
      [&] { ++connected; });
  ASSERT_TRUE(rig->run_until([&] { return connected == 1; }));
  admin.run("NOTIFY orders, 'one'");
  ASSERT_TRUE(rig->run_until([&] { return heard.size() == 1; }));
  admin.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'salesflow_app' AND datname = "
      "current_database()");
  ASSERT_TRUE(rig->run_until([&] { return connected == 2; }));
  admin.run("SELECT pg_notify('odd \"name\"', 'two')");
  ASSERT_TRUE(rig->run_until([&] { return heard.size() == 2; }));
  EXPECT_EQ(heard, (std::vector<std::string>{"orders=one", "odd \"name\"=two"}));
}

}  // namespace
}  // namespace salesflow::postgres
