// Opportunities on a real PostgreSQL, straight and through PgBouncer.
#include <gtest/gtest.h>

#include "features/opportunities/folder.hpp"
#include "features/opportunities/opportunities.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::opportunities {
namespace {

using postgres::PoolMode;

class OpportunitiesStore : public testing::TestWithParam<PoolMode> {
 protected:
  OpportunitiesStore() {
    const auto account = database_.create_account("anna@example.com");
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
    found_.accounts.push_back({"Isdom", "medical", "2002", "3178.24", "4540", "United States", "", true});
    found_.agents.push_back({"Moses Frase", "Dustin", "Central", 2});
    Opportunity won{"A1", "Moses Frase", "GTX Pro", "4821", "Isdom", DealStage::won, {}, {}, 451450};
    won.engage_date = parse_us_date("10/25/2016");
    won.close_date = parse_us_date("3/11/2017");
    Opportunity lost = won;
    lost.id = "A3";
    lost.stage = DealStage::lost;
    Opportunity open{"A2", "Moses Frase", "GTXPro", "", "", DealStage::prospecting, {}, {}, 0};
    found_.deals = {won, lost, open};
  }
  Result<Counts> import() {
    request_.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    return rig_.run(import_folder(*store_, request_, found_, {}));
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  test::TestDatabase database_;
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  RequestContext request_;
  Folder found_;
};

TEST_P(OpportunitiesStore, BecomeContactsMembersAndDealsOnce) {
  for (const bool is_second : {false, true}) {
    const auto counts = import();
    ASSERT_TRUE(counts) << counts.error().public_detail << counts.error().log_detail;
    EXPECT_EQ(counts->deals_created, is_second ? 0 : 3);
    EXPECT_EQ(counts->contacts_created, is_second ? 0 : 1);
    EXPECT_EQ(counts->agents_created, is_second ? 0 : 1);
  }
  EXPECT_EQ(
      value("SELECT string_agg(concat_ws('|', d.title, d.value, d.stage, d.won, d.closed_at::date, "
            "d.stage_entered_at::date, "
            "d.probability, d.products, u.name, c.name), E'\\n' ORDER BY d.title) FROM deals AS d JOIN users AS u ON "
            "u.id = d.owner_id LEFT JOIN contacts AS c ON c.id = d.contact_id WHERE d.stage = 'won'"),
      "GTX Pro for Isdom|4514.50|won|t|2017-03-11|2017-03-11|100|[{\"name\": \"GTX Pro\", \"price\": \"4821\", "
      "\"quantity\": 1}]|Moses Frase|Isdom");
  EXPECT_EQ(
      value("SELECT concat_ws('|', stage, value, contact_id, won, closed_at, products) FROM deals WHERE stage = 'new'"),
      "new|0.00|[{\"name\": \"GTXPro\", \"quantity\": 1}]");
  EXPECT_EQ(value("SELECT concat_ws('|', won, closed_at::date) FROM deals WHERE stage = 'lost'"), "f|2017-03-11");
  EXPECT_EQ(
      value("SELECT concat_ws('|', name, company, industry, country, company_size, status, source) FROM contacts"),
      "Isdom|Isdom|medical|United States|4540|customer|import");
  EXPECT_EQ(value("SELECT count(*) || ' ' || min(password_hash) FROM users WHERE name = 'Moses Frase'"), "1 !");
}

TEST_P(OpportunitiesStore, ADealThatIsRefusedTakesAllWithIt) {
  found_.deals[2].product = std::string("a\0b", 3);  // PostgreSQL stores no U+0000
  EXPECT_FALSE(import());
  EXPECT_EQ(value("SELECT count(*) FROM contacts"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM users WHERE name = 'Moses Frase'"), "0");
  EXPECT_EQ(request_.transaction, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Pools, OpportunitiesStore, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& mode) { return mode.param == PoolMode::direct ? "Direct" : "Pooled"; });

}  // namespace
}  // namespace salesflow::opportunities
