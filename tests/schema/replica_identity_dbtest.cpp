// An organisation can be moved to another PostgreSQL by logical replication that is filtered by tenant: every tenant
// table says with its tenant which row has changed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/migrations/runner.hpp"
#include "platform/partitions/partitions.hpp"
#include "tests/schema/tenant_samples.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/migrate.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow {
namespace {

using migrations::down;
using migrations::up;
using test::FoundDatabase;
using test::FoundServer;
using test::Login;
using test::order;
using test::samples;
using test::SqlSession;
using test::TestDatabase;

/// Tables with rows of tenants, the column that names the tenant, and whether their replica identity has it. A user and
/// an organisation are tenants themselves. Partitions count, too.
constexpr const char* tables_sql = R"sql(
SELECT c.oid::regclass::text, t.tenant, c.relreplident = 'f' OR EXISTS (
  SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
  WHERE i.indrelid = c.oid AND a.attname = t.tenant AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident END)
FROM pg_class AS c CROSS JOIN LATERAL (
  SELECT CASE WHEN c.relname IN ('users', 'organizations') THEN 'id'
              WHEN p.qual ~ 'app\.org_id' OR c.relname = 'org_members' THEN 'org_id' ELSE 'user_id' END AS tenant
  FROM (SELECT max(pg_get_expr(p.polqual, p.polrelid)) AS qual FROM pg_policy AS p
        WHERE p.polrelid = c.oid AND p.polname = 'salesflow_app_wall') AS p) AS t
WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN ('public', 'salesflow_partitions')
  AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = t.tenant AND NOT a.attisdropped)
  AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname LIKE 'salesflow%'
              UNION ALL SELECT WHERE c.relispartition)
ORDER BY 1)sql";

/// Those whose identity lacks their tenant.
std::string without_tenant(const cluster::SqlRows& tables) {
  std::string names;
  for (std::size_t i = 0; i < tables.rows.size(); ++i)
    names += tables.value(i, 2) == "t" ? "" : tables.value(i, 0) + " ";
  return names;
}

/// CREATE PUBLICATION of one tenant's rows in all its tables.
std::string publication_sql(const cluster::SqlRows& tables, const TestDatabase::Account& tenant) {
  std::string list;
  for (std::size_t i = 0; i < tables.rows.size(); ++i) {
    const std::string table = tables.value(i, 0), column = tables.value(i, 1);
    const bool of_org = column == "org_id" || table == "organizations";
    list += fmt::format("{}{} WHERE ({} = '{}')", list.empty() ? "" : ", ", table, column,
                        (of_org ? tenant.org_id : tenant.user_id).to_string());
  }
  return "CREATE PUBLICATION moving FOR TABLE " + list;
}

std::string fill(const std::string& table) {
  return "INSERT INTO public." + table + " " + samples.at(table);
}

/// Writes every row of every tenant table anew.
std::vector<std::string> updates(const cluster::SqlRows& tables) {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < tables.rows.size(); ++i)
    statements.push_back(fmt::format("UPDATE {0} SET {1} = {1}", tables.value(i, 0), tables.value(i, 1)));
  return statements;
}

TEST(ReplicaIdentity, HoldsTheTenantInEveryTable) {
  TestDatabase database;
  const auto tables = database.run(tables_sql);
  EXPECT_GE(tables.rows.size(), samples.size() + 10);
  EXPECT_EQ(without_tenant(tables), "");
}

TEST(ReplicaIdentity, LetsWritersGoOnUnderAFilteredPublication) {
  TestDatabase database;
  const auto anna = database.create_account("anna@example.com");
  const auto bob = database.create_account("bob@example.com");
  const auto tables = database.run(tables_sql);
  database.run(publication_sql(tables, anna));
  for (const auto& who : {anna, bob}) {
    for (const auto& table : order)
      database.run(fill(table), {who.user_id.to_string(), who.org_id.to_string()});
  }
  for (const auto& update : updates(tables))
    EXPECT_NO_THROW(database.run(update)) << update;
  for (auto table = order.rbegin(); table != order.rend(); ++table)
    EXPECT_GE(database.run("DELETE FROM public." + *table).affected, 2) << *table;
  EXPECT_GT(database.run("SELECT salesflow.fold_rollups(1000)").integer(), 0);
}

TEST(ReplicaIdentity, IsThatOfEachPartitionToo) {
  TestDatabase database;
  const auto anna = database.create_account("anna@example.com");
  partitions::Options options;
  options.database_url = database.url(Login::owner);
  const auto all_tables = database.run(tables_sql);
  const auto converted = partitions::convert(options);
  ASSERT_TRUE(converted) << converted.error().public_detail;
  const auto tables = database.run(tables_sql);
  EXPECT_GE(tables.rows.size(), all_tables.rows.size() + 3);
  EXPECT_EQ(without_tenant(tables), "");
  database.run("CREATE PUBLICATION moving FOR TABLE message_events WHERE (user_id = '" + anna.user_id.to_string() +
               "') WITH (publish_via_partition_root = true)");
  for (const char* at : {"now()", "now() + interval '40 days'"}) {
    database.run(std::string("INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) "
                             "VALUES ($1, 'email', 'inbound', 'x', ") +
                     at + ")",
                 {anna.user_id.to_string()});
  }
  EXPECT_EQ(database.run("UPDATE message_events SET autopilot_status = 'sent'").affected, 2);
  EXPECT_EQ(database.run("DELETE FROM message_events").affected, 2);
  database.run("DROP PUBLICATION moving");
  const auto reverted = partitions::revert(options);
  ASSERT_TRUE(reverted) << reverted.error().public_detail;
  EXPECT_EQ(without_tenant(database.run(tables_sql)), "");
}

class FoundIdentity : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("identity"); }
  static void TearDownTestSuite() { server.reset(); }

  static std::string identities(FoundDatabase& found) {
    return found
        .run(
            "SELECT string_agg(concat_ws(' ', c.oid::regclass, c.relreplident, (SELECT i.indexrelid::regclass FROM "
            "pg_index AS i WHERE i.indrelid = c.oid AND i.indisreplident)), ', ' ORDER BY c.oid) FROM pg_class AS c "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace")
        .value();
  }
  static inline std::unique_ptr<FoundServer> server;
};

TEST_F(FoundIdentity, IsSetOnFoundTablesAndGivenBack) {
  for (const auto history : {test::History::a, test::History::b}) {
    FoundDatabase found(*server, test::FoundShape{.history = history});
    const std::string before = identities(found);
    migrations::Options options;
    options.database_url = found.owner_url();
    const auto done = up(options);
    ASSERT_TRUE(done) << done.error().public_detail;
    EXPECT_EQ(without_tenant(found.run(tables_sql)), "");
    EXPECT_EQ(found.run("SELECT relreplident FROM pg_class WHERE oid = 'message_events'::regclass").value(), "i")
        << "all columns of an event would be written with each of its changes";
    options.to = "none";
    const auto gone = down(options);
    ASSERT_TRUE(gone) << gone.error().public_detail;
    EXPECT_EQ(identities(found), before);
  }
}

TEST_F(FoundIdentity, StaysWhereSomebodyHasChosenOrAPublicationSendsSomeColumns) {
  FoundDatabase found(*server, test::FoundShape{});
  found.run(
      "ALTER TABLE crm_notes REPLICA IDENTITY FULL; ALTER TABLE leads REPLICA IDENTITY NOTHING; CREATE PUBLICATION "
      "theirs FOR TABLE message_events (id, channel, normalized_text)");
  migrations::Options options;
  options.database_url = found.owner_url();
  const auto done = up(options);
  ASSERT_TRUE(done) << done.error().public_detail;
  EXPECT_EQ(found
                .run("SELECT string_agg(relreplident::text, '' ORDER BY relname) FROM pg_class WHERE oid IN "
                     "('crm_notes'::regclass, 'leads'::regclass, 'message_events'::regclass)")
                .value(),
            "fnd");
  EXPECT_GT(found.run("UPDATE message_events SET normalized_text = 'x'").affected, 0);
  options.to = "none";
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
}

/// Two databases of one server that decodes its log.
struct Move {
  std::unique_ptr<cluster::PrivatePostgres> server;
  cluster::RolePasswords passwords = cluster::RolePasswords::random();

  Move() {
    cluster::PostgresOptions options{.name = "moving"};
    options.settings = {{"wal_level", "logical"}, {"max_replication_slots", "10"}, {"max_worker_processes", "16"}};
    server = cluster::PrivatePostgres::start(test::Servers::instance().home(), std::move(options)).value();
    cluster::ensure_roles(*server, passwords).value();
    cluster::ensure_database(*server, "old_home").value();
    test::migrate_up(cluster::login_url(*server, "old_home", Login::owner, passwords));
    at("postgres").run("CREATE DATABASE new_home TEMPLATE old_home").value();
  }
  SqlSession at(const std::string& database) const {
    return SqlSession::connect(server->superuser_url(database)).value();
  }
};

/// Each table's rows of the tenant, or of all others.
std::string rows_of(SqlSession& session, const cluster::SqlRows& tables, const TestDatabase::Account& tenant,
                    bool others) {
  std::string all;
  for (std::size_t i = 0; i < tables.rows.size(); ++i) {
    const std::string table = tables.value(i, 0), column = tables.value(i, 1);
    const bool of_org = column == "org_id" || table == "organizations";
    all += table + " " +
           session
               .run("SELECT count(*) || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM " + table +
                        " AS t WHERE " + column + (others ? " IS DISTINCT FROM $1" : " = $1"),
                    {(of_org ? tenant.org_id : tenant.user_id).to_string()})
               .value()
               .value() +
           "\n";
  }
  return all;
}

TEST(ReplicaIdentity, MovesOneOrganisationAndNothingOfOthers) {
  const Move move;
  auto from = move.at("old_home"), to = move.at("new_home");
  const auto tables = from.run(tables_sql).value();
  const TestDatabase::Account anna{Uuid::v7(), Uuid::v7()}, bob{Uuid::v7(), Uuid::v7()};
  const std::string nothing = rows_of(to, tables, anna, true);
  from.run(publication_sql(tables, anna)).value();
  from.run("SELECT pg_create_logical_replication_slot('moving', 'pgoutput')").value();
  to.run("CREATE SUBSCRIPTION moving CONNECTION " + cluster::quote_literal(move.server->superuser_url("old_home")) +
         " PUBLICATION moving WITH (create_slot = false, copy_data = false)")
      .value();
  for (const auto& who : {anna, bob}) {
    const std::string user = who.user_id.to_string(), org = who.org_id.to_string();
    from.run("INSERT INTO organizations (id, name) VALUES ($1, 'Organisation')", {org}).value();
    from.run(
            "INSERT INTO users (id, email, password_hash, name) VALUES ($1, $1::uuid::text || '@x.example', 'none', "
            "'x')",
            {user})
        .value();
    from.run("INSERT INTO org_members (org_id, user_id, role) VALUES ($1, $2, 'owner')", {org, user}).value();
    for (const auto& table : order)
      from.run(fill(table), {user, org}).value();
  }
  for (const auto& update : updates(tables))
    from.run(update).value();
  from.run("DELETE FROM tasks").value();
  from.run("DELETE FROM dm_messages").value();
  const std::string moved = rows_of(from, tables, anna, false);
  EXPECT_TRUE(test::wait_until([&] { return rows_of(to, tables, anna, false) == moved; }, std::chrono::seconds(30)))
      << moved << "\n"
      << rows_of(to, tables, anna, false);
  EXPECT_EQ(rows_of(to, tables, anna, true), nothing);
}

}  // namespace
}  // namespace salesflow
