// The Database against real servers, in both modes: straight to PostgreSQL and through PgBouncer.
#include "platform/postgres/database.hpp"

#include <gtest/gtest.h>

#include <set>

#include "platform/postgres/snapshot.hpp"
#include "platform/postgres/transaction.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;
using test::PostgresRig;
using test::TestQuery;

struct Item {
  Uuid id;
  std::string_view name;
  std::int32_t amount;
};
BOOST_DESCRIBE_STRUCT(Item, (), (id, name, amount))

/// A table behind RLS, as tenant tables are; and a Database as salesflow_app in one of the modes.
class DatabaseTest : public testing::TestWithParam<PoolMode> {
 protected:
  DatabaseTest() {
    admin.run(
        "CREATE TABLE items (id uuid PRIMARY KEY, user_id uuid NOT NULL, name text NOT NULL CONSTRAINT "
        "items_name_check "
        "CHECK (name <> ''), amount int4 NOT NULL DEFAULT 0, parent uuid REFERENCES items (id) DEFERRABLE INITIALLY "
        "DEFERRED);"
        "CREATE UNIQUE INDEX items_user_name_key ON items (user_id, name);"
        "ALTER TABLE items ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY tenant ON items TO salesflow_app USING (user_id = (SELECT nullif(current_setting('app.user_id', "
        "true), '')::uuid));"
        "GRANT USAGE ON SCHEMA public TO salesflow_app;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON items TO salesflow_app;"
        "GRANT CONNECT, TEMPORARY ON DATABASE " +
        admin.name() + " TO salesflow_app");
    rig.emplace(settings());
    context.identity.user_id = Uuid::v7();
    context.identity.org_id = Uuid::v7();
    context.deadline = std::chrono::steady_clock::now() + 30s;
  }

  PoolSettings settings() const {
    PoolSettings settings;
    settings.mode = GetParam();
    settings.conninfo = GetParam() == PoolMode::pooled ? admin.pooled_url() : admin.url();
    settings.connections = 2;
    settings.acquire_timeout = 5s;
    return settings;
  }
  Database& db() { return *rig->database; }
  RequestContext other_user() const {
    RequestContext other = context;
    other.identity.user_id = Uuid::v7();
    return other;
  }
  Result<std::uint64_t> insert(const Uuid& id, std::string name, std::int32_t amount) {
    return rig->run(db().write(context, insert_item, id, context.identity.user_id, std::move(name), amount));
  }
  std::int64_t count() { return admin.run("SELECT count(*) FROM items").integer(); }

  test::TestDatabase admin{test::Schema::empty};
  TestQuery insert_item{"items.insert",
                        "INSERT INTO items (id, user_id, name, amount) VALUES ($1, $2, $3, $4)",
                        {oid::uuid, oid::uuid, oid::text, oid::int4},
                        QueryMode::write};
  TestQuery list_items{"items.list", "SELECT id, name, amount FROM items ORDER BY name LIMIT $1", {oid::int4}};
  TestQuery sleep{"items.sleep", "SELECT pg_sleep($1)::text", {oid::float8}, QueryMode::read, 10s};
  RequestContext context;
  std::optional<PostgresRig> rig;
};

struct NumberedItem {
  Uuid id;
  std::int32_t name;  // which is text
};
BOOST_DESCRIBE_STRUCT(NumberedItem, (), (id, name))

TEST_P(DatabaseTest, CommitsNothingWhenTheAnswerOfAWriteCannotBeMade) {
  const TestQuery insert("items.insert_numbered",
                         "INSERT INTO items (id, user_id, name) VALUES ($1, $2, $3) RETURNING id, name",
                         {oid::uuid, oid::uuid, oid::text}, QueryMode::write);
  for (int i = 0; i < 2; ++i) {
    const auto refused = rig->run(
        db().write_one<NumberedItem>(context, insert, Uuid::v7(), context.identity.user_id, std::string("odd")));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::internal);
    EXPECT_NE(refused.error().log_detail.find("\"name\""), std::string::npos) << refused.error().log_detail;
    EXPECT_EQ(count(), 0);
  }
  const TestQuery rows("items.insert_rows",
                       "INSERT INTO items (id, user_id, name) VALUES ($1, $2, $3) RETURNING id, name, amount",
                       {oid::uuid, oid::uuid, oid::text}, QueryMode::write);
  const auto made =
      rig->run(db().write_one<Item>(context, rows, Uuid::v7(), context.identity.user_id, std::string("even")));
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->name, "even");
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, NamesTheFieldThatAFoundConstraintRefuses) {
  admin.run(
      "ALTER TABLE items ADD COLUMN status varchar(5), ADD COLUMN price numeric(4, 1), ADD COLUMN note varchar(5);"
      "ALTER TABLE items ADD CONSTRAINT valid_amounts CHECK (amount < 100)");
  const TestQuery insert("items.insert_json",
                         "INSERT INTO items (id, user_id, name, amount, status, price, note) SELECT $1, $2, r.name, "
                         "r.amount, r.status, r.price, r.note FROM jsonb_to_record($3) AS r (name text, amount int, "
                         "status text, price numeric, note text)",
                         {oid::uuid, oid::uuid, oid::jsonb}, QueryMode::write, 20s, "items");
  const auto field_of = [&](std::string json) {
    const auto done =
        rig->run(db().write(context, insert, Uuid::v7(), context.identity.user_id, RawJson{std::move(json)}));
    EXPECT_TRUE(done.has_error());
    if (!done.has_error())
      return std::string();
    EXPECT_EQ(done.error().code, Errc::invalid_argument) << done.error().log_detail;
    std::string fields;
    for (const auto& error : done.error().errors)
      fields += error.field + ": " + error.reason + ";";
    return fields;
  };
  EXPECT_EQ(field_of(R"({"name": "a", "amount": 1, "status": "longer", "note": "short"})"),
            "status: At most 5 characters;");
  EXPECT_EQ(field_of(R"({"name": "a", "amount": 1, "note": "größer"})"), "note: At most 5 characters;");
  EXPECT_EQ(field_of(R"({"name": "a", "amount": 100})"), "amount: A value is not acceptable;");
  EXPECT_EQ(field_of(R"({"name": "a", "amount": 1, "price": 12345})"), "price: A value is not acceptable;");
}

INSTANTIATE_TEST_SUITE_P(BothModes, DatabaseTest, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "Direct" : "Pooled"; });

TEST_P(DatabaseTest, ReadsBackWhatItWrote) {
  const Uuid id = Uuid::v7();
  auto written = insert(id, "grüße 👋", 42);
  ASSERT_TRUE(written) << written.error().log_detail;
  EXPECT_EQ(*written, 1u);
  auto rows = rig->run(db().read<Item>(context, list_items, 10));
  ASSERT_TRUE(rows) << rows.error().log_detail;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->rows[0].id, id);
  EXPECT_EQ(rows->rows[0].name, "grüße 👋");
  EXPECT_EQ(rows->rows[0].amount, 42);
  EXPECT_EQ(context.statements, 2u);
  EXPECT_EQ(context.round_trips, 2u);
  EXPECT_EQ(context.rows, 1u);
}

TEST_P(DatabaseTest, ShowsATenantOnlyItsOwnRowsOnTheSameConnection) {
  ASSERT_TRUE(insert(Uuid::v7(), "mine", 1));
  auto other = other_user();
  auto theirs = rig->run(db().read<Item>(other, list_items, 10));
  ASSERT_TRUE(theirs);
  EXPECT_TRUE(theirs->empty());
  RequestContext nobody;
  nobody.deadline = context.deadline;
  auto none = rig->run(db().read<Item>(nobody, list_items, 10));
  ASSERT_TRUE(none) << none.error().log_detail;
  EXPECT_TRUE(none->empty());
  EXPECT_EQ(rig->run(db().read<Item>(context, list_items, 10))->size(), 1u);
}

TEST_P(DatabaseTest, StampsAWriteWithAnIdThatLaterSnapshotsContain) {
  ASSERT_TRUE(insert(Uuid::v7(), "stamped", 1));
  ASSERT_EQ(context.written.size(), 1u);
  EXPECT_NE(context.written[0].cluster, 0u);
  RequestContext later = context;
  later.snapshot.clear();
  ASSERT_TRUE(rig->run(db().read<Item>(later, list_items, 10)));
  EXPECT_TRUE(snapshot_contains(later.snapshot, context.written[0].xid)) << later.snapshot;
  EXPECT_EQ(admin.run("SELECT pg_xact_status($1::xid8)", {std::to_string(context.written[0].xid)}).value(),
            "committed");
}

TEST_P(DatabaseTest, AnswersManyRequestsOnFewConnectionsEachWithItsOwnTenant) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(insert(Uuid::v7(), "item " + std::to_string(i), i));
  int ended = 0, right = 0;
  auto other = other_user();
  const auto ask = [&](bool mine) -> Task<void> {
    RequestContext asker = mine ? context : other;
    auto rows = co_await db().read<Item>(asker, list_items, 10);
    right += rows && rows->size() == (mine ? 5u : 0u);
  };
  for (int i = 0; i < 300; ++i)
    rig->start(ask(i % 2 == 0), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 300; }));
  EXPECT_EQ(right, 300);
}

TEST_P(DatabaseTest, TellsConflictInvalidAndForbiddenApart) {
  const Uuid id = Uuid::v7();
  ASSERT_TRUE(insert(id, "once", 1));
  auto error = insert(Uuid::v7(), "once", 1).error();
  EXPECT_EQ(error.code, Errc::conflict);
  ASSERT_EQ(error.errors.size(), 1u);
  EXPECT_EQ(error.errors[0].field, "user_name");
  EXPECT_EQ(error.public_detail.find("items"), std::string::npos);
  error = insert(Uuid::v7(), "", 1).error();
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_EQ(error.errors.at(0).field, "name");
  auto other = other_user();
  error =
      rig->run(db().write(other, insert_item, Uuid::v7(), context.identity.user_id, std::string("theirs"), 1)).error();
  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_NE(error.log_detail.find("42501"), std::string::npos);
  EXPECT_EQ(context.written.size(), 1u);  // only what was committed
}

TEST_P(DatabaseTest, CountsAWriteOnlyWhenItsSyncArrived) {
  // The INSERT succeeds; the deferred foreign key fails when the Sync commits.
  const TestQuery orphan("items.orphan",
                         "INSERT INTO items (id, user_id, name, parent) VALUES ($1, $2, 'orphan', $3) RETURNING id",
                         {oid::uuid, oid::uuid, oid::uuid}, QueryMode::write);
  auto one = rig->run(db().write_one<Uuid>(context, orphan, Uuid::v7(), context.identity.user_id, Uuid::v7()));
  ASSERT_TRUE(one.has_error());
  EXPECT_EQ(one.error().code, Errc::invalid_argument);
  EXPECT_TRUE(context.written.empty());
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseTest, WritesABatchWhollyOrNotAtAll) {
  const auto bound = [&](const char* name) {
    return insert_item.bind(Uuid::v7(), context.identity.user_id, std::string(name), 1);
  };
  std::vector<BoundQuery> bad{bound("a"), bound("b"), bound("a")};
  EXPECT_EQ(rig->run(db().run_batch(context, std::move(bad))).error().code, Errc::conflict);
  EXPECT_EQ(count(), 0);
  std::vector<BoundQuery> good{bound("a"), bound("b"), list_items.bind(10)};
  auto answers = rig->run(db().run_batch(context, std::move(good)));
  ASSERT_TRUE(answers) << answers.error().log_detail;
  ASSERT_EQ(answers->size(), 3u);
  EXPECT_EQ(answers->at(0).rows_affected, 1u);
  EXPECT_EQ(answers->at(2).result->row_count(), 2);
  EXPECT_EQ(context.written.size(), 1u);
}

TEST_P(DatabaseTest, StopsAStatementThatIsSlowerThanItMayBe) {
  const TestQuery slow("items.slow", "SELECT pg_sleep(30)::text", {}, QueryMode::read, 150ms);
  const auto started = std::chrono::steady_clock::now();
  auto row = rig->run(db().read_one<std::string>(context, slow));
  EXPECT_EQ(row.error().code, Errc::deadline_exceeded);
  EXPECT_NE(row.error().log_detail.find("57014"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
}

TEST_P(DatabaseTest, AnswersAtTheDeadlineAndDrainsTheAbandonedSlot) {
  // Two slow statements fill both connections; a third waits behind one of them past its own deadline.
  int ended = 0;
  std::vector<Errc> codes;
  const auto ask = [&](double seconds, std::chrono::milliseconds limit) -> Task<void> {
    RequestContext asker = context;
    asker.deadline = std::chrono::steady_clock::now() + limit;
    auto row = co_await db().read_one<std::string>(asker, sleep, seconds);
    codes.push_back(row ? Errc::malformed : row.error().code);
  };
  rig->start(ask(1.0, 20s), ended);
  rig->start(ask(1.0, 20s), ended);
  rig->start(ask(0.0, 200ms), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 1; }));
  EXPECT_EQ(codes, std::vector<Errc>{Errc::deadline_exceeded});
  ASSERT_TRUE(rig->run_until([&] { return ended == 3; }));
  EXPECT_EQ(codes[1], Errc::malformed);  // no error: the neighbours were not touched
  EXPECT_EQ(codes[2], Errc::malformed);
  ASSERT_TRUE(insert(Uuid::v7(), "after", 1));
  EXPECT_EQ(rig->run(db().read<Item>(context, list_items, 10))->size(), 1u);
}

TEST_P(DatabaseTest, RefusesAtOnceWhenTheDeadlineIsOver) {
  context.deadline = std::chrono::steady_clock::now() - 1ms;
  EXPECT_EQ(rig->run(db().read<Item>(context, list_items, 10)).error().code, Errc::deadline_exceeded);
}

TEST_P(DatabaseTest, BoundsItsQueue) {
  auto small = settings();
  small.connections = 1;
  small.in_flight_max = 1;
  small.queue_max = 2;
  small.acquire_timeout = 100ms;
  rig.emplace(small);
  ASSERT_TRUE(rig->run(db().is_ready(context.deadline)));
  int ended = 0, rejected = 0, served = 0, retry_after = 0;
  const auto ask = [&]() -> Task<void> {
    RequestContext asker = context;
    auto row = co_await db().read_one<std::string>(asker, sleep, 0.5);
    served += row.has_value();
    if (row)
      co_return;
    rejected += row.error().code == Errc::unavailable;
    retry_after = row.error().retry_after_s;
  };
  for (int i = 0; i < 5; ++i)
    rig->start(ask(), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 5; }));
  EXPECT_EQ(served, 1);
  EXPECT_EQ(rejected, 4);  // two found the queue full, two waited too long in it
  EXPECT_EQ(retry_after, 1);
}

// A pooler spreads them as it likes, so there is nothing to see behind one.
class DirectDatabaseTest : public DatabaseTest {};
INSTANTIATE_TEST_SUITE_P(Direct, DirectDatabaseTest, testing::Values(PoolMode::direct));

TEST_P(DirectDatabaseTest, SendsShortReadsOfOneTurnTogetherAndSpreadsAllElse) {
  auto four = settings();
  four.connections = 4;
  rig.emplace(four);
  ASSERT_TRUE(rig->run(db().is_ready(context.deadline)));
  const TestQuery reads("items.backend", "SELECT pg_backend_pid()");
  const TestQuery writes("items.backend_write", "SELECT pg_backend_pid()", {}, QueryMode::write);
  const auto backends = [&](const TestQuery& query, bool write) {
    std::set<std::int32_t> pids;
    int ended = 0;
    const auto ask = [&]() -> Task<void> {
      RequestContext asker = context;
      auto asked = write ? db().write_one<std::int32_t>(asker, query) : db().read_one<std::int32_t>(asker, query);
      const auto pid = co_await std::move(asked);
      if (pid && *pid)
        pids.insert(**pid);
    };
    for (int i = 0; i < 8; ++i)
      rig->start(ask(), ended);
    EXPECT_TRUE(rig->run_until([&] { return ended == 8; }));
    return pids.size();
  };
  // They are opened in the background, one after the other.
  const auto patience = std::chrono::steady_clock::now() + 10s;
  while (backends(writes, true) < 4u)
    ASSERT_LT(std::chrono::steady_clock::now(), patience) << "writes do not spread over all four";
  backends(reads, false);  // prepares
  EXPECT_EQ(backends(reads, false), 2u) << "four at most go together";
}

TEST_P(DatabaseTest, PreparesAgainWhatFailedToPrepare) {
  const TestQuery later("items.later", "SELECT count(*) FROM made_later");
  for (int i = 0; i < 2; ++i) {
    auto error = rig->run(db().read_one<std::int64_t>(context, later)).error();
    EXPECT_EQ(error.code, Errc::internal);
    EXPECT_NE(error.log_detail.find("42P01"), std::string::npos) << error.log_detail;
  }
  admin.run("CREATE TABLE made_later (id int); GRANT SELECT ON made_later TO salesflow_app");
  for (int i = 0; i < 4; ++i) {
    auto one = rig->run(db().read_one<std::int64_t>(context, later));
    ASSERT_TRUE(one) << one.error().log_detail;
  }
}

TEST_P(DatabaseTest, PreparesSeveralStatementsAgainUnderNamesOfTheirOwn) {
  admin.run(
      "CREATE TABLE pair (a int4, b int4); INSERT INTO pair VALUES (1, 2); GRANT SELECT ON pair TO salesflow_app");
  const TestQuery a("pair.a", "SELECT a FROM pair"), b("pair.b", "SELECT b FROM pair");
  for (const char* type : {"int8", "int4", "int8"}) {
    EXPECT_EQ(**rig->run(db().read_one<std::int64_t>(context, a)), 1);
    EXPECT_EQ(**rig->run(db().read_one<std::int64_t>(context, b)), 2);
    admin.run(std::string("ALTER TABLE pair ALTER a TYPE ") + type + ", ALTER b TYPE " + type);
  }
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(**rig->run(db().read_one<std::int64_t>(context, a)), 1);
    EXPECT_EQ(**rig->run(db().read_one<std::int64_t>(context, b)), 2);
  }
}

TEST_P(DatabaseTest, SurvivesAMigrationThatChangesAStatementsColumns) {
  admin.run("CREATE TABLE wide (id int4); INSERT INTO wide VALUES (7); GRANT SELECT ON wide TO salesflow_app");
  const TestQuery all("wide.all", "SELECT * FROM wide");
  const auto ask = [&]() -> Task<int> {
    RequestContext asker = context;
    auto one = co_await db().read_one<std::int64_t>(asker, all);
    co_return one ? 1 : 0;
  };
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(rig->run(ask()), 1);
  admin.run("ALTER TABLE wide ALTER COLUMN id TYPE int8");
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(rig->run(ask()), 1);
}

TEST_P(DatabaseTest, SaysWhetherItIsReady) {
  EXPECT_TRUE(rig->run(db().is_ready(std::chrono::steady_clock::now() + 5s)));
  auto nowhere = settings();
  nowhere.conninfo = "host=127.0.0.1 port=1 dbname=x user=y";
  nowhere.acquire_timeout = 100ms;
  rig.emplace(nowhere);
  EXPECT_FALSE(rig->run(db().is_ready(std::chrono::steady_clock::now() + 300ms)));
  auto error = rig->run(db().read<Item>(context, list_items, 1)).error();
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(error.retry_after_s, 1);
}

TEST_P(DatabaseTest, DrainsWhatRunsAndRefusesWhatIsNew) {
  int ended = 0;
  bool served = false, refused = false;
  const auto slow = [&]() -> Task<void> {
    RequestContext asker = context;
    served = (co_await db().read_one<std::string>(asker, sleep, 0.3)).has_value();
  };
  const auto drain = [&]() -> Task<void> { co_await db().drain(std::chrono::steady_clock::now() + 10s); };
  const auto late = [&]() -> Task<void> {
    RequestContext asker = context;
    auto rows = co_await db().read<Item>(asker, list_items, 1);
    refused = rows.has_error() && rows.error().code == Errc::unavailable;
  };
  rig->run(db().is_ready(context.deadline));
  rig->start(slow(), ended);
  rig->run_until([&] { return ended == 1; }, 50ms);
  rig->start(drain(), ended);
  rig->start(late(), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 3; }));
  EXPECT_TRUE(served);
  EXPECT_TRUE(refused);
}

TEST_P(DatabaseTest, EndsWithRequestsStillInFlight) {
  int ended = 0;
  std::optional<Errc> code;
  const auto slow = [&]() -> Task<void> {
    RequestContext asker = context;
    auto row = co_await db().read_one<std::string>(asker, sleep, 5.0);
    code = row ? Errc::malformed : row.error().code;
  };
  rig->run(db().is_ready(context.deadline));
  rig->start(slow(), ended);
  rig->run_until([&] { return ended == 1; }, 50ms);
  rig->database.reset();
  ASSERT_TRUE(rig->run_until([&] { return ended == 1; }, 2s));
  EXPECT_EQ(code, Errc::unavailable);
}

}  // namespace
}  // namespace salesflow::postgres
