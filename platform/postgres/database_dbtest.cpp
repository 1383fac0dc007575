// The Database against real servers, in both modes: straight to PostgreSQL and through PgBouncer.
#include "platform/postgres/database.hpp"

#include <gtest/gtest.h>

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
        "CREATE TABLE items (id uuid PRIMARY KEY, user_id uuid NOT NULL, name text NOT NULL CONSTRAINT items_name_check "
        "CHECK (name <> ''), amount int4 NOT NULL DEFAULT 0, parent uuid REFERENCES items (id) DEFERRABLE INITIALLY DEFERRED);"
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
  TestQuery insert_item{"items.insert", "INSERT INTO items (id, user_id, name, amount) VALUES ($1, $2, $3, $4)",
                        {oid::uuid, oid::uuid, oid::text, oid::int4}, QueryMode::write};
  TestQuery list_items{"items.list", "SELECT id, name, amount FROM items ORDER BY name LIMIT $1", {oid::int4}};
  TestQuery sleep{"items.sleep", "SELECT pg_sleep($1)::text", {oid::float8}, QueryMode::read, 10s};
  RequestContext context;
  std::optional<PostgresRig> rig;
};

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
  EXPECT_EQ(admin.run("SELECT pg_xact_status($1::xid8)", {std::to_string(context.written[0].xid)}).value(), "committed");
}

}  // namespace
}  // namespace salesflow::postgres
