// Row counts (0042): a tenant's total is exact whoever writes, folded or not; what holds for every roll-up is tested in
// rollups_dbtest.cpp.
#include <gtest/gtest.h>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;

class RowCounts : public testing::Test {
 protected:
  std::string counted(const Uuid& user_id) {
    return database.run_as_tenant(user_id, std::nullopt, "SELECT coalesce(sum(rows), 0) FROM user_lead_counts").value();
  }
  std::string fold() { return database.run_as(Login::worker, "SELECT salesflow.fold_rollups(1000)").value(); }

  test::TestDatabase database;
  test::TestDatabase::Account ann = database.create_account("ann@example.com"),
                              bob = database.create_account("bob@example.com");
};

TEST_F(RowCounts, FollowInsertsDeletesMovesAndTruncates) {
  database.run("INSERT INTO leads (user_id, name) SELECT $1::uuid, 'Lead ' || i FROM generate_series(1, 100) AS i",
               {ann.user_id.to_string()});
  database.run("DELETE FROM leads WHERE name LIKE '%7'");
  EXPECT_EQ(counted(ann.user_id), "90");
  EXPECT_EQ(fold(), "6") << "two of each roll-up of leads";
  EXPECT_EQ(fold(), "0");
  EXPECT_EQ(counted(ann.user_id), "90");
  EXPECT_EQ(database.run("SELECT count(*) FROM user_lead_counts").value(), "1");
  database.run("UPDATE leads SET user_id = $1 WHERE name LIKE '%1'", {bob.user_id.to_string()});
  EXPECT_EQ(counted(ann.user_id), "80");
  EXPECT_EQ(counted(bob.user_id), "10");
  database.run("TRUNCATE leads CASCADE");
  EXPECT_EQ(counted(ann.user_id), "0");
}

TEST_F(RowCounts, CountOrganisationsToo) {
  for (const char* table : {"contacts", "deals"}) {
    const bool deals = std::string(table) == "deals";
    const std::string name = deals ? "title" : "name", counts = deals ? "org_deal_counts" : "org_contact_counts";
    database.run("INSERT INTO " + std::string(table) + " (org_id, " + name + ") VALUES ($1, 'a'), ($1, 'b'), ($2, 'c')",
                 {ann.org_id.to_string(), bob.org_id.to_string()});
    const auto count = [&](const Uuid& org_id) {
      return database.run_as_tenant(std::nullopt, org_id, "SELECT coalesce(sum(rows), 0) FROM " + counts).value();
    };
    EXPECT_EQ(count(ann.org_id), "2");
    EXPECT_EQ(count(bob.org_id), "1");
  }
}

TEST_F(RowCounts, FollowARowWhoseTenantAFoundTriggerChanges) {
  database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'x')", {ann.user_id.to_string()});
  database.run(
      "CREATE FUNCTION hand_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.user_id := NEW.notes::uuid; RETURN "
      "NEW; END $$; CREATE TRIGGER hand_over BEFORE UPDATE OF notes ON leads FOR EACH ROW EXECUTE FUNCTION "
      "hand_over()");
  database.run("UPDATE leads SET notes = $1", {bob.user_id.to_string()});
  EXPECT_EQ(counted(ann.user_id), "0");
  EXPECT_EQ(counted(bob.user_id), "1");
}

}  // namespace
}  // namespace salesflow
