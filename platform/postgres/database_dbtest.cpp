// The Database against real servers, in both modes: straight to PostgreSQL and through PgBouncer.
#include "platform/postgres/database.hpp"

#include "platform/postgres/snapshot.hpp"
#include "platform/postgres/transaction.hpp"
#include "tests/support/database_rig.hpp"

namespace salesflow::postgres {
namespace {

class DatabaseTest : public DatabaseRig {};

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

INSTANTIATE_TEST_SUITE_P(BothModes, DatabaseTest, testing::Values(PoolMode::direct, PoolMode::pooled), name_of);

}  // namespace
}  // namespace salesflow::postgres
