#include <gtest/gtest.h>

#include <algorithm>

#include "platform/baseline/compare.hpp"
#include "platform/cluster/sql_session.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::baseline {
namespace {

using cluster::SqlSession;
using test::Login;
using test::Schema;
using test::TestDatabase;

template <class Things>
const auto& named(const Things& things, const std::string& name) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const auto& one) { return one.name == name; });
  if (found == things.end())
    throw std::out_of_range(name);
  return *found;
}

Baseline take_as_superuser(TestDatabase& database) {
  auto session = SqlSession::connect(database.url(Login::superuser)).value();
  return take(session).value();
}

bool misses(const Baseline& baseline, const std::string& text) {
  return std::any_of(baseline.missing.begin(), baseline.missing.end(),
                     [&](const std::string& one) { return one.find(text) != std::string::npos; });
}

/// A schema that is not ours, with the extension in a schema of its own, as hosted PostgreSQL has it.
void make_foreign(TestDatabase& database) {
  database.run(
      "CREATE SCHEMA extensions; CREATE EXTENSION pg_stat_statements SCHEMA extensions; CREATE SCHEMA shop;"
      "CREATE TABLE shop.orders (id int PRIMARY KEY, \"Customer\" text, total numeric);"
      "INSERT INTO shop.orders SELECT i, 'customer ' || i % 100, i FROM generate_series(1, 20000) AS i;"
      "DELETE FROM shop.orders WHERE id > 5000");
  database.run("VACUUM ANALYZE shop.orders");
}

/// Those of this database alone: other tests use the server, too. PostgreSQL tells nobody of such a reset.
void reset_statements(TestDatabase& database) {
  database.run(
      "SELECT extensions.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), "
      "0)");
}

TEST(BaselineTake, TellsWhatAnIndexChangedOnAnySchema) {
  TestDatabase database(Schema::empty);
  make_foreign(database);
  const std::string read = "SELECT sum(total) FROM shop.orders WHERE \"Customer\" = 'customer 7'";
  reset_statements(database);
  for (int i = 0; i < 5; ++i)
    database.run(read);
  // Counters of a session reach the others when it has been idle for a moment, or ends.
  database.run("SELECT pg_stat_force_next_flush()");
  const Baseline before = take_as_superuser(database);
  database.run("CREATE INDEX orders_customer ON shop.orders (\"Customer\", total)");
  for (int i = 0; i < 5; ++i)
    database.run(read);
  database.run("SELECT pg_stat_force_next_flush()");
  const Baseline after = take_as_superuser(database);

  EXPECT_TRUE(before.has_statements);
  EXPECT_EQ(before.database.name, database.name());
  EXPECT_GT(before.database.bytes, 1'000'000);
  EXPECT_EQ(before.settings.count("shared_buffers"), 1U);
  const Table& orders = named(before.tables, "shop.orders");
  EXPECT_EQ(orders.rows, 5000);
  EXPECT_EQ(orders.inserts, 20'000);
  EXPECT_GE(orders.seq_scans, 5);
  EXPECT_EQ(named(before.indexes, "shop.orders_pkey").table, "shop.orders");
  // Three quarters of the key's entries are gone and their pages stay.
  EXPECT_GT(named(before.indexes, "shop.orders_pkey").bloat_bytes.value(), 200'000);

  const auto comparison = compare(before, after);
  EXPECT_FALSE(comparison.statements_reset);
  EXPECT_FALSE(comparison.tables_reset);
  EXPECT_EQ(comparison.indexes.at(0).name, "shop.orders_customer");
  EXPECT_EQ(comparison.indexes.at(0).presence, Presence::added);
  const auto statement = std::find_if(comparison.statements.begin(), comparison.statements.end(), [](const auto& one) {
    return one.text.find("sum(total)") != std::string::npos && one.text.find("$1") != std::string::npos;
  });
  ASSERT_NE(statement, comparison.statements.end());
  EXPECT_EQ(statement->calls_before, 5);
  EXPECT_EQ(statement->calls_after, 5);
  EXPECT_GT(statement->blocks.before.value(), 2 * statement->blocks.after.value());
  const TableChange& change = named(comparison.tables, "shop.orders");
  EXPECT_GE(change.index_scans_after, 5);
}

TEST(BaselineTake, NoticesThatStatementsWereReset) {
  TestDatabase database(Schema::empty);
  make_foreign(database);
  for (int i = 0; i < 5; ++i)
    database.run("SELECT count(*) FROM shop.orders");
  const Baseline before = take_as_superuser(database);
  EXPECT_FALSE(compare(before, take_as_superuser(database)).statements_reset);
  reset_statements(database);
  database.run("SELECT count(*) FROM shop.orders");
  EXPECT_TRUE(compare(before, take_as_superuser(database)).statements_reset);
}

TEST(BaselineTake, WithoutTheExtensionSaysSoAndReportsTheRest) {
  TestDatabase database(Schema::empty);
  database.run("CREATE TABLE orders (id int PRIMARY KEY)");
  const Baseline taken = take_as_superuser(database);
  EXPECT_FALSE(taken.has_statements);
  EXPECT_TRUE(misses(taken, "pg_stat_statements is not there"));
  EXPECT_TRUE(misses(taken, "CREATE EXTENSION pg_stat_statements"));
  EXPECT_EQ(named(taken.tables, "public.orders").rows, 0);
}

TEST(BaselineTake, ALoginWithoutPrivilegesSaysWhatItDoesNotSee) {
  TestDatabase database(Schema::empty);
  make_foreign(database);
  auto session = SqlSession::connect(database.url(Login::app)).value();
  const Baseline taken = take(session).value();
  EXPECT_TRUE(misses(taken, "pg_read_all_stats")) << "how to be shown more";
  EXPECT_TRUE(misses(taken, "wasted space of 1 tables"));
  EXPECT_GT(named(taken.tables, "shop.orders").bytes, 0);
  EXPECT_FALSE(named(taken.tables, "shop.orders").bloat_bytes.has_value());
}

TEST(BaselineTake, WritesNothing) {
  TestDatabase database(Schema::empty);
  auto session = SqlSession::connect(database.url(Login::superuser)).value();
  session.run("SET default_transaction_read_only = on").value();
  EXPECT_TRUE(take(session));
  // The transaction is over, and its settings with it.
  EXPECT_EQ(session.run("SHOW lock_timeout").value().value(), "0");
}

}  // namespace
}  // namespace salesflow::baseline
