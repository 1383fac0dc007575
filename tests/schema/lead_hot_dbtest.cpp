// Hot leads (0084) in a database that was there before: found rows, found types, found writers. On tables of ours:
// features/leads/hot_leads_dbtest.cpp.
#include <gtest/gtest.h>

#include "platform/core/catalogue.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using cluster::Login;
using cluster::SqlSession;
using test::FoundDatabase;
using test::FoundServer;
using test::History;

std::string statement(std::string_view name) {
  for (const CatalogueEntry& entry : all_statements()) {
    if (entry.query->name == name)
      return std::string(entry.query->text);
  }
  throw std::out_of_range(std::string(name));
}

/// All leads of a user that either statement lists, with every column.
std::string all_leads(SqlSession& app, const std::string& user, std::string_view name) {
  app.run("SELECT set_config('app.user_id', $1, false)", {user}).value();
  const auto rows =
      app.run(statement(name), {user, "0", "32767", "32767", "ffffffff-ffff-ffff-ffff-ffffffffffff", "10000"}).value();
  std::string text;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    for (const auto& cell : rows.rows[i])
      text += cell.value_or("NULL") + "|";
    text += "\n";
  }
  return text;
}

class FoundLeads : public testing::TestWithParam<History> {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("leadhot"); }
  static void TearDownTestSuite() { server.reset(); }

  FoundLeads() : found(*server, {.history = GetParam()}) {}
  void migrate() {
    Options options;
    options.database_url = found.owner_url();
    const auto done = up(options);
    ASSERT_TRUE(done) << done.error().public_detail;
    found.open_logins();
    app.emplace(SqlSession::connect(found.url(Login::app)).value());
  }
  /// How many hot leads the users have; what is kept is what the tables say.
  std::size_t expect_kept_is_recounted(const std::string& when) {
    std::size_t bytes = 0;
    for (int number = 1; number <= 8; ++number) {
      const std::string user = test::found_user(number).to_string();
      const std::string kept = all_leads(*app, user, "leads.list_hot_leads");
      EXPECT_EQ(kept, all_leads(*app, user, "leads.list_hot_leads_raw")) << when << ", user " << number;
      bytes += kept.size();
    }
    return bytes;
  }

  static inline std::unique_ptr<FoundServer> server;
  FoundDatabase found;
  std::optional<SqlSession> app;
};

TEST_P(FoundLeads, AreHotByWhatIsFoundAndByWhatOldWritersWrite) {
  found.run("UPDATE leads SET p_score = (hashtext(id::text) & 127) % 101 WHERE hashtext(id::text) % 5 <> 0");
  migrate();
  ASSERT_TRUE(app);
  EXPECT_GT(expect_kept_is_recounted("found rows"), 0u);
  const std::string lead = test::found_id("lead", 1, 0).to_string();
  const std::string other = test::found_user(2).to_string();
  for (const std::string& write :
       {std::string("INSERT INTO leads (name, p_score) VALUES (NULL, 80)"),
        "UPDATE leads SET p_score = 95 WHERE id = '" + lead + "'",
        "INSERT INTO lead_verifications (lead_id, v_score, created_at) VALUES ('" + lead + "', 80, NULL)",
        "INSERT INTO lead_verifications (lead_id, v_score, is_duplicate) VALUES ('" + lead + "', NULL, NULL)",
        "INSERT INTO lead_intents (lead_id, i_score) VALUES ('" + lead + "', 'NaN')",
        "INSERT INTO lead_intents (lead_id, i_score, created_at) VALUES ('" + lead + "', 70, NULL)",
        "INSERT INTO lead_enrichments (lead_id, e_score, company_name) VALUES ('" + lead + "', 12.5, 'Grün GmbH')",
        "UPDATE leads SET user_id = '" + other + "' WHERE id = '" + lead + "'",
        std::string("UPDATE lead_verifications SET is_duplicate = true WHERE hashtext(id::text) % 3 = 0"),
        std::string(
            "UPDATE lead_intents SET i_score = i_score / 2, created_at = NULL WHERE hashtext(id::text) % 3 = 0"),
        "UPDATE leads SET user_id = NULL WHERE id = '" + lead + "'",
        std::string("DELETE FROM leads WHERE user_id IS NULL"), std::string("TRUNCATE lead_enrichments")}) {
    EXPECT_NO_THROW(found.run(write)) << write;
    expect_kept_is_recounted(write);
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, FoundLeads, testing::Values(History::a, History::b),
                         [](const auto& info) { return info.param == History::a ? "A" : "B"; });

/// Columns of other types than anybody would give them: no writer fails, and what is no number or instant is none.
TEST(LeadHotOfOddTypes, NeverFailsAWriter) {
  test::TestDatabase database(test::Schema::empty);
  database.run_as(test::Login::owner, R"sql(
CREATE TABLE leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text, p_score numeric, created_at timestamp);
CREATE TABLE lead_verifications (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid, v_score double precision,
  is_duplicate boolean, created_at timestamp);
CREATE TABLE lead_intents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid, i_score real, requested_demo integer,
  last_activity_at text, intent_stage text, created_at text);
CREATE TABLE lead_enrichments (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid, e_score text, company_name text, created_at date))sql");
  Options options;
  options.database_url = database.url(test::Login::owner);
  const auto done = up(options);
  ASSERT_TRUE(done) << done.error().public_detail;
  const auto account = database.create_account("anna@example.com");
  const std::string user = account.user_id.to_string();
  const std::string lead =
      database.run("INSERT INTO leads (user_id, name, p_score) VALUES ($1, 'Eva', 90) RETURNING id", {user}).value();
  const auto row = [&] {
    return database
        .run(
            "SELECT concat_ws(' ', p_score_key, i_score_key, v_score, i_score, e_score, length(company_name), "
            "extract(year FROM last_activity_at), intent_stage, requested_demo) FROM lead_hot WHERE user_id = $1",
            {user})
        .value();
  };
  database.run("INSERT INTO lead_verifications (lead_id, v_score, is_duplicate) VALUES ($1, 'NaN', NULL)", {lead});
  database.run(
      "INSERT INTO lead_intents (lead_id, i_score, requested_demo, last_activity_at) VALUES ($1, 12.5, 1, 'soon')",
      {lead});
  database.run("INSERT INTO lead_enrichments (lead_id, e_score, company_name) VALUES ($1, 'many', repeat('x', 9000))",
               {lead});
  EXPECT_EQ(row(), "9000 1250 12.5 200 t");
  database.run("UPDATE lead_intents SET last_activity_at = '2026-03-01 10:00', created_at = 'once'");
  database.run("UPDATE lead_enrichments SET e_score = '71.5'");
  EXPECT_EQ(row(), "9000 1250 12.5 71.5 200 2026 t");
  database.run("UPDATE lead_verifications SET is_duplicate = true");
  EXPECT_EQ(row(), "1250 12.5 71.5 200 2026 t") << "a duplicate";
}

}  // namespace
}  // namespace salesflow::migrations
