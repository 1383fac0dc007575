// Values to choose from on a real PostgreSQL, through the use cases: those in use, of the caller, in order.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>

#include "features/lookups/store.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::lookups {
namespace {

using namespace std::chrono_literals;

class LookupStore : public testing::Test {
 protected:
  /// "value=count", in the order of the answer.
  template <class... Arguments>
  std::string values(Task<Result<RowSet<ValueRow>>> (Lookups::*list)(RequestContext&, Arguments...),
                     std::type_identity_t<Arguments>... arguments) {
    RequestContext request;
    request.identity.user_id = me_.user_id;
    request.identity.org_id = me_.org_id;
    request.deadline = std::chrono::steady_clock::now() + 30s;
    const auto rows = rig_.run((lookups_.*list)(request, arguments...));
    EXPECT_TRUE(rows) << rows.error().log_detail;
    std::string text;
    if (!rows)
      return text;
    for (const ValueRow& row : rows->rows)
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", row.value, row.count ? std::to_string(*row.count) : "?");
    return text;
  }
  std::string industries() { return values(&Lookups::list_contact_values, ContactValue::industry); }
  std::string tags() { return values(&Lookups::list_contact_values, ContactValue::tag); }
  std::string sources() { return values(&Lookups::list_sources); }
  std::string stages() { return values(&Lookups::list_stages); }
  std::string pipelines() { return values(&Lookups::list_pipelines); }

  /// `source` and `made_at` are SQL.
  void lead(const test::TestDatabase::Account& account, const std::string& source,
            const std::string& made_at = "now()") {
    database_.run(
        "INSERT INTO leads (user_id, name, source, created_at) VALUES ($1, 'Eva', " + source + ", " + made_at + ")",
        {account.user_id.to_string()});
  }
  /// `industry` and `tags` are SQL.
  void contact(const test::TestDatabase::Account& account, const std::string& industry, const std::string& tags) {
    database_.run(
        "INSERT INTO contacts (org_id, name, industry, tags) VALUES ($1, 'Eva', " + industry + ", " + tags + ")",
        {account.org_id.to_string()});
  }
  void deals(const test::TestDatabase::Account& account, const std::string& pipeline, const std::string& stage,
             int count = 1) {
    database_.run(
        "INSERT INTO deals (org_id, title, pipeline, stage) SELECT $1, 'Deal', $2, $3 FROM generate_series(1, $4)",
        {account.org_id.to_string(), pipeline, stage, std::to_string(count)});
  }
  void fold() { database_.run("SELECT salesflow.fold_rollups(1000000)"); }

  test::TestDatabase database_;
  test::TestDatabase::Account me_ = database_.create_account("anna@example.com");
  test::TestDatabase::Account other_ = database_.create_account("ben@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Lookups lookups_{*store_};
};

TEST_F(LookupStore, IndustriesAndTagsAreThoseOfTheOrganisationsContacts) {
  EXPECT_EQ(industries() + tags(), "");
  contact(me_, "'solar'", "'{vip,fair}'");
  contact(me_, "' solar '", "'{vip}'");
  contact(me_, "NULL", "'{}'");
  contact(me_, "''", "'{\"\",NULL,\" vip \"}'");
  contact(me_, "'retail'", "ARRAY[repeat('x', 5000)]");
  contact(other_, "'theirs'", "'{theirs}'");
  const std::string fixed = " vip=3 " + std::string(100, 'x') + "=1";
  EXPECT_EQ(industries(), "retail=1 solar=2");
  EXPECT_EQ(tags(), "fair=1" + fixed);
  fold();
  EXPECT_EQ(industries(), "retail=1 solar=2");
  EXPECT_EQ(tags(), "fair=1" + fixed);
  database_.run("UPDATE contacts SET tags = array_replace(tags, 'fair', 'booth'), score = 7");
  database_.run("DELETE FROM contacts WHERE industry = 'retail'");
  EXPECT_EQ(industries(), "solar=2");
  EXPECT_EQ(tags(), "booth=1 vip=3");
  EXPECT_EQ(database_.run("SELECT sum(wrong_groups) FROM salesflow.verify_rollups()").value(), "0");
}

TEST_F(LookupStore, SourcesAreThoseOfTheCallersLeadsByName) {
  EXPECT_EQ(sources(), "");
  lead(me_, "'website'");
  lead(me_, "'fair'");
  lead(me_, "'fair'", "now() - interval '900 days'");
  for (const char* none : {"NULL", "''", "' '"})
    lead(me_, none);
  lead(other_, "'theirs'");
  EXPECT_EQ(sources(), "fair=2 website=1");
  fold();
  EXPECT_EQ(sources(), "fair=2 website=1");
  database_.run("UPDATE leads SET source = 'partner' WHERE source = 'website'");
  database_.run("DELETE FROM leads WHERE source = 'theirs'");
  EXPECT_EQ(sources(), "fair=2 partner=1") << "what no lead has any more is gone before it is folded";
}

TEST_F(LookupStore, StagesAreTheContractsInTheirOrderThenOthersInUse) {
  const std::string none = "new=0 qualified=0 meeting=0 proposal=0 negotiation=0 won=? lost=?";
  EXPECT_EQ(stages(), none);
  deals(other_, "default", "new");
  EXPECT_EQ(stages(), none);
  deals(me_, "default", "proposal", 2);
  deals(me_, "second", "proposal");
  deals(me_, "default", "won");
  database_.run("ALTER TABLE deals DROP CONSTRAINT IF EXISTS deals_stage_check");
  deals(me_, "default", "trial");
  deals(me_, "default", "demo");
  const std::string all = "new=0 qualified=0 meeting=0 proposal=3 negotiation=0 won=? lost=? demo=1 trial=1";
  EXPECT_EQ(stages(), all);
  fold();
  EXPECT_EQ(stages(), all);
  database_.run("UPDATE deals SET stage = 'lost' WHERE stage = 'demo'");
  EXPECT_EQ(stages(), "new=0 qualified=0 meeting=0 proposal=3 negotiation=0 won=? lost=? trial=1");
}

TEST_F(LookupStore, PipelinesAreThoseOfOpenAndOfClosedDeals) {
  EXPECT_EQ(pipelines(), "");
  deals(other_, "theirs", "new");
  deals(other_, "theirs too", "won");
  EXPECT_EQ(pipelines(), "");
  deals(me_, "sales", "new", 2);
  EXPECT_EQ(pipelines(), "sales=2") << "nothing is closed";
  deals(me_, "sales", "won", 3);
  deals(me_, "renewals", "lost", 2);
  deals(me_, "attic", "won");
  EXPECT_EQ(pipelines(), "attic=0 renewals=0 sales=2");
  fold();
  EXPECT_EQ(pipelines(), "attic=0 renewals=0 sales=2");
  database_.run("DELETE FROM deals WHERE pipeline = 'sales' AND closed_at IS NULL");
  database_.run("DELETE FROM deals WHERE pipeline = 'attic'");
  EXPECT_EQ(pipelines(), "renewals=0 sales=0");
}

TEST_F(LookupStore, ThereAreAtMostFiveHundredValues) {
  database_.run(
      "INSERT INTO deals (org_id, title, pipeline, stage) SELECT $1, 'Deal', 'p' || i, CASE WHEN i % 2 = 0 THEN 'new' "
      "ELSE 'won' END FROM generate_series(1, 1200) AS i",
      {me_.org_id.to_string()});
  database_.run(
      "INSERT INTO leads (user_id, name, source) SELECT $1, 'Eva', 's' || i FROM generate_series(1, 600) AS i",
      {me_.user_id.to_string()});
  contact(me_, "NULL", "ARRAY(SELECT 't' || i FROM generate_series(1, 700) AS i)");
  for (const std::string& found : {sources(), pipelines(), tags()})
    EXPECT_EQ(std::count(found.begin(), found.end(), '='), values_max);
}

}  // namespace
}  // namespace salesflow::lookups
