// Open deals' sums by currency (0087): what board, list and summary show is what the deals say, whoever writes, folded
// or not.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;

class OpenDealSums : public testing::Test {
 protected:
  /// Groups whose sums differ from the deals', in one snapshot.
  std::string differences() {
    return database
        .run(
            "SELECT string_agg(concat_ws('/', coalesce(k.stage, d.stage), currency, k.deals, d.deals, k.value, "
            "d.value, "
            "k.weighted, d.weighted), ', ') FROM (SELECT org_id, pipeline, stage, coalesce(owner_id, org_id) AS owner, "
            "currency, sum(deals) AS deals, sum(value) AS value, sum(weighted_value) AS weighted FROM "
            "org_open_deal_sums GROUP BY 1, 2, 3, 4, 5 HAVING sum(deals) <> 0 OR sum(value) <> 0 OR "
            "sum(weighted_value) <> 0) AS k FULL JOIN (SELECT org_id, pipeline, stage, coalesce(owner_id, org_id) AS "
            "owner, CASE btrim(currency) WHEN 'eur' THEN 'EUR' WHEN 'Jpy' THEN 'JPY' WHEN 'euro' THEN 'XXX' ELSE "
            "btrim(currency) END AS currency, count(*) AS deals, sum(value) AS value, sum(weighted_value) AS weighted "
            "FROM deals WHERE closed_at IS NULL GROUP BY 1, 2, 3, 4, 5) AS d USING (org_id, pipeline, stage, owner, "
            "currency) WHERE (k.deals, k.value, k.weighted) IS DISTINCT FROM (d.deals, d.value, d.weighted)")
        .value();
  }
  std::string groups() { return database.run("SELECT count(*) FROM org_open_deal_sums").value(); }
  std::string fold() { return database.run_as(Login::worker, "SELECT salesflow.fold_rollups(1000)").value(); }
  void add(int deals) {
    database.run(
        "INSERT INTO deals (org_id, title, currency, value, probability, stage, pipeline, owner_id) SELECT CASE WHEN i "
        "% 4 "
        "= 0 THEN $1::uuid ELSE $2 END, 'd', (ARRAY['EUR', 'eur', ' EUR ', 'JPY', 'KWD', 'euro', 'DEM', 'Jpy'])[1 + i "
        "% 8], i % 997 + 0.25, i % 101, (ARRAY['new', 'qualified', 'proposal', 'won', "
        "'lost'])[1 + i % 5], CASE WHEN i % 7 = 0 THEN 'other' ELSE 'default' END, CASE WHEN i % 3 = 0 THEN $3::uuid "
        "END FROM generate_series(1, $4::int) AS i",
        {bob.org_id.to_string(), ann.org_id.to_string(), ann.user_id.to_string(), std::to_string(deals)});
  }

  test::TestDatabase database;
  test::TestDatabase::Account ann = database.create_account("ann@example.com"),
                              bob = database.create_account("bob@example.com");
};

TEST_F(OpenDealSums, LeaveOutWhatIsNoNumber) {
  add(20);
  const std::string before = database.run("SELECT sum(value) FROM org_open_deal_sums").value();
  const std::string deal = "INSERT INTO deals (org_id, title, value) VALUES ('" + ann.org_id.to_string() + "', 'odd', ";
  for (const char* odd : {"'NaN'", "'Infinity'", "'-Infinity'"})
    database.run(deal + odd + ")");
  EXPECT_EQ(database.run("SELECT sum(value) FROM org_open_deal_sums").value(), before);
  EXPECT_EQ(database.run("SELECT string_agg(value_minor::text, ',') FROM deals WHERE title = 'odd'").value(), "0,0,0");
  database.run("UPDATE deals SET value = 7 WHERE title = 'odd' AND value = 'NaN'");
  database.run("DELETE FROM deals WHERE title = 'odd' AND value = 'Infinity'");
  fold();
  database.run("CALL salesflow.recount_rollup('org_open_deal_sums')");
  EXPECT_EQ(database.run("SELECT sum(value) - 7 FROM org_open_deal_sums").value(), before);
}

TEST_F(OpenDealSums, FollowEveryKindOfWrite) {
  add(400);
  const char* writes[] = {
      "UPDATE deals SET value = value * 1.5 WHERE title = 'd' AND probability % 2 = 0",
      "UPDATE deals SET probability = 90 WHERE probability < 50",
      "UPDATE deals SET stage = 'won' WHERE stage = 'new' AND probability > 80",
      "UPDATE deals SET stage = 'proposal' WHERE stage = 'lost'",
      "UPDATE deals SET pipeline = 'third', owner_id = NULL WHERE pipeline = 'other'",
      "UPDATE deals SET org_id = (SELECT org_id FROM org_members ORDER BY org_id LIMIT 1) WHERE probability = 90",
      "UPDATE deals SET title = 'renamed'",
      "UPDATE deals SET currency = 'KWD' WHERE probability % 3 = 0",
      "UPDATE deals SET currency = lower(currency) WHERE currency = 'EUR'",
      "DELETE FROM deals WHERE stage = 'qualified'",
      "DELETE FROM deals",
  };
  for (const char* write : writes) {
    SCOPED_TRACE(write);
    database.run(write);
    EXPECT_EQ(differences(), "");
    fold();
    EXPECT_EQ(differences(), "");
  }
  EXPECT_EQ(groups(), "0") << "what is nothing is not kept";
  add(50);
  database.run("TRUNCATE deals CASCADE");
  EXPECT_EQ(groups(), "0");
}

TEST_F(OpenDealSums, ARenameLeavesNoDelta) {
  add(20);
  fold();
  const std::string before = groups();
  database.run("UPDATE deals SET title = 'renamed', currency = CASE currency WHEN 'EUR' THEN ' eur' ELSE currency END");
  EXPECT_EQ(groups(), before) << "the same currency, spelled otherwise";
}

TEST_F(OpenDealSums, AreOneTenantsOwn) {
  add(100);
  const auto sum = [&](const std::optional<Uuid>& org) {
    return database.run_as_tenant(ann.user_id, org, "SELECT coalesce(sum(deals), 0) FROM org_open_deal_sums").integer();
  };
  EXPECT_EQ(sum(ann.org_id) + sum(bob.org_id),
            database.run("SELECT count(*) FROM deals WHERE closed_at IS NULL").integer());
  EXPECT_GT(sum(bob.org_id), 0);
  EXPECT_EQ(sum(std::nullopt), 0);
}

TEST_F(OpenDealSums, AreExactBesideWritersThatCommitAndRollBackWhileTheyAreFoldedAndSummedAnew) {
  add(200);
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      auto session = test::SqlSession::connect(database.url(Login::superuser)).value();
      for (int i = 0; i < 40; ++i) {
        session.run("BEGIN").value();
        session
            .run(
                "UPDATE deals SET value = value + 1, stage = CASE WHEN stage = 'new' THEN 'won' ELSE 'new' END WHERE "
                "id "
                "IN (SELECT id FROM deals WHERE abs(hashtext(id::text)) % 5 = $1::int LIMIT 7 FOR UPDATE SKIP LOCKED)",
                {std::to_string((i + writer) % 5)})
            .value();
        session.run(i % 4 == 0 ? "ROLLBACK" : "COMMIT").value();
      }
    });
  }
  std::thread folder([&] {
    auto session = test::SqlSession::connect(database.url(Login::worker)).value();
    while (!done)
      session.run("SELECT salesflow.fold_rollups(10)").value();
  });
  auto owner = test::SqlSession::connect(database.url(Login::owner)).value();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(differences(), "");
    owner.run("CALL salesflow.recount_rollup('org_open_deal_sums')").value();
  }
  for (auto& writer : writers)
    writer.join();
  done = true;
  folder.join();
  EXPECT_EQ(differences(), "");
}

TEST_F(OpenDealSums, OfDealsThatWereFoundAreSummedOnce) {
  add(60);
  database.run("TRUNCATE org_open_deal_sums_folded, org_open_deal_sums_deltas");
  for (int i = 0; i < 2; ++i) {
    database.run_as(Login::owner, "CALL salesflow.recount_rollup('org_open_deal_sums')");
    EXPECT_EQ(differences(), "");
  }
}

}  // namespace
}  // namespace salesflow
