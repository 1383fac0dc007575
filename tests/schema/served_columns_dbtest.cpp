// What found columns hold is served (0099), whoever goes on writing them (0001: ensure_reference; 0057): NULLs by their
// documented default in every order and filter, from an index; rows of no tenant; rows that change theirs.
#include <gtest/gtest.h>

#include "platform/migrations/runner.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::migrations {
namespace {

using cluster::Login;
using cluster::SqlSession;
using test::FoundDatabase;
using test::FoundServer;
using test::History;

class ServedColumns : public testing::TestWithParam<History> {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("served"); }
  static void TearDownTestSuite() { server.reset(); }

  ServedColumns() : found(*server, {.history = GetParam()}) {
    Options options;
    options.database_url = found.owner_url();
    const auto done = up(options);
    EXPECT_TRUE(done) << (done ? "" : done.error().public_detail);
    found.open_logins();
    app.emplace(SqlSession::connect(found.url(Login::app)).value());
    app->run("SELECT set_config('app.user_id', $1, false), set_config('app.org_id', $2, false)",
             {user.to_string(), org.to_string()})
        .value();
  }

  std::string as_app(const std::string& sql) { return app->run(sql).value().value(); }
  std::string plan(const std::string& sql) {
    const auto rows = app->run("EXPLAIN (COSTS off) " + sql).value();
    std::string text;
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      text += rows.value(i, 0) + "\n";
    return text;
  }

  static inline std::unique_ptr<FoundServer> server;
  FoundDatabase found;
  std::optional<SqlSession> app;
  const Uuid user = test::found_user(1), org = test::found_org(1);
};

TEST_P(ServedColumns, NoNullIsSeenWhereOurOwnTablesHaveNone) {
  const auto columns = found.run(
      "SELECT format('SELECT count(*) FROM %I WHERE %I IS NULL', split_part(table_name, '.', 2), column_name) "
      "FROM salesflow.served_columns WHERE expression LIKE 'CASE WHEN % IS NULL THEN %'");
  ASSERT_GT(columns.rows.size(), 30u);
  for (std::size_t i = 0; i < columns.rows.size(); ++i)
    EXPECT_EQ(as_app(columns.value(i, 0)), "0") << columns.value(i, 0);
}

TEST_P(ServedColumns, ADealWithoutStageStandsOnTheBoardAsNew) {
  const std::string without =
      found.run("SELECT count(*) FROM deals WHERE org_id = $1 AND stage IS NULL", {org.to_string()}).value();
  found.run("UPDATE deals SET stage = NULL, pipeline = NULL, closed_at = NULL, created_at = NULL WHERE org_id = $1",
            {org.to_string()});
  const std::string all = found.run("SELECT count(*) FROM deals WHERE org_id = $1", {org.to_string()}).value();
  EXPECT_EQ(as_app("SELECT count(*) FROM deals WHERE org_id = current_setting('app.org_id')::uuid AND stage = 'new'"),
            all)
      << without;
  EXPECT_EQ(as_app("SELECT sum(deals) FROM org_open_deal_sums WHERE stage = 'new' AND pipeline = 'default'"), all);
  EXPECT_EQ(
      as_app("SELECT count(*) FROM deals WHERE org_id = current_setting('app.org_id')::uuid AND (created_at, id) < "
             "('infinity', '00000000-0000-0000-0000-000000000000')"),
      all)
      << "a cursor passes each of them";
}

TEST_P(ServedColumns, ADefaultIsAnIndexCondition) {
  found.run("ANALYZE");
  app->run("SET enable_seqscan = off").value();
  app->run("SET enable_bitmapscan = off").value();
  const std::string deals = plan("SELECT id, title FROM deals WHERE org_id = '" + org.to_string() +
                                 "' AND closed_at IS NULL AND stage = 'new' AND (created_at, id) < ('infinity', "
                                 "'00000000-0000-0000-0000-000000000000') "
                                 "ORDER BY created_at DESC, id DESC LIMIT 20");
  EXPECT_NE(deals.find("idx_deals_org"), std::string::npos) << deals;
  EXPECT_EQ(deals.find("Filter: ((CASE"), std::string::npos) << deals;
  EXPECT_EQ(deals.find("Sort"), std::string::npos) << deals;
}

TEST_P(ServedColumns, OldWritersGoOnWithRowsOfNoTenantAndOfAnother) {
  const std::string other = test::found_user(2).to_string();
  const std::string lead = test::found_id("lead", 1, 0).to_string();
  for (const char* sql :
       {"INSERT INTO leads (name, p_score) VALUES (NULL, 80)", "UPDATE leads SET p_score = 70 WHERE user_id IS NULL",
        "UPDATE leads SET last_scored_at = now(), status = NULL",
        "INSERT INTO lead_verifications (lead_id, v_score) SELECT id, 50 FROM leads WHERE user_id IS NULL",
        "INSERT INTO deals (org_id, contact_id, title) SELECT gen_random_uuid(), id, 'of another' FROM contacts",
        "INSERT INTO deals (org_id, contact_id, title) SELECT NULL, id, 'of nobody' FROM contacts",
        "INSERT INTO tasks (org_id, contact_id, title) SELECT gen_random_uuid(), id, 'of another' FROM contacts",
        "INSERT INTO message_queue (user_id, lead_id, message) SELECT gen_random_uuid(), id, 'of another' FROM leads",
        "UPDATE deals SET org_id = NULL WHERE title = 'of another'",
        "UPDATE dm_conversations SET user_id = gen_random_uuid() WHERE status IS NULL"})
    EXPECT_NO_THROW(found.run(sql)) << sql;
  const std::string satellites =
      "SELECT count(*) FROM lead_verifications AS s JOIN leads AS l ON l.id = s.lead_id WHERE s.user_id IS DISTINCT "
      "FROM l.user_id";
  found.run("INSERT INTO lead_verifications (lead_id, v_score) VALUES ($1, 60)", {lead});
  found.run("UPDATE leads SET p_score = 60 WHERE id = $1", {lead});
  found.run("UPDATE leads SET user_id = $2 WHERE id = $1", {lead, other});
  EXPECT_EQ(found.run(satellites).integer(), 0) << "handed over with its lead";
  EXPECT_EQ(found.run("SELECT user_id FROM lead_scorings WHERE lead_id = $1", {lead}).value(), other);
  found.run("UPDATE leads SET user_id = NULL WHERE id = $1", {lead});
  EXPECT_EQ(found.run(satellites).integer(), 0);
  EXPECT_EQ(found.run("SELECT count(*) FROM lead_scorings WHERE lead_id = $1", {lead}).integer(), 0);
  found.run("DELETE FROM leads WHERE user_id IS NULL");
  EXPECT_EQ(found
                .run("SELECT count(*) FROM lead_verifications AS s WHERE NOT EXISTS (SELECT FROM leads AS l WHERE l.id "
                     "= s.lead_id)")
                .integer(),
            0);
}

INSTANTIATE_TEST_SUITE_P(Histories, ServedColumns, testing::Values(History::a, History::b),
                         [](const auto& info) { return info.param == History::a ? "A" : "B"; });

}  // namespace
}  // namespace salesflow::migrations
