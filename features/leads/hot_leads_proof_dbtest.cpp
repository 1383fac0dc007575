// Live pages of hot leads held against the tables in production, on a real PostgreSQL.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/leads/hot_leads_proof.hpp"
#include "features/leads/store.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/log.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::leads {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using proof::Kind;

class HotLeadsProof : public testing::TestWithParam<PoolMode> {
 protected:
  HotLeadsProof() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    request_.identity = {anna_.user_id, anna_.org_id, Uuid{}, OrgRole::member, false};
    asked_.limit_rows = 10;
    add_leads(30);
  }
  /// Of any scores, each with all that is kept of it.
  void add_leads(int count) {
    const std::string user = anna_.user_id.to_string();
    database_.run(
        "INSERT INTO leads (user_id, name, p_score) SELECT $1, 'Lead ' || i, 70.5 + i % 30 FROM generate_series(1, $2) "
        "AS i",
        {user, std::to_string(count)});
    database_.run(
        "INSERT INTO lead_verifications (user_id, lead_id, v_score) SELECT user_id, id, 55.5 + p_score / 4 FROM leads "
        "WHERE user_id = $1",
        {user});
    database_.run(
        "INSERT INTO lead_intents (user_id, lead_id, i_score, intent_stage, requested_demo, last_activity_at) SELECT "
        "user_id, id, p_score / 3, 'decision', p_score > 90, now() FROM leads WHERE user_id = $1",
        {user});
    database_.run(
        "INSERT INTO lead_enrichments (user_id, lead_id, e_score, company_name) SELECT user_id, id, 12.25, 'Muster "
        "GmbH' FROM leads WHERE user_id = $1",
        {user});
  }
  HotPage read() {
    auto claim = hot_leads_claim(leads_, request_.identity, asked_);
    auto page = rig_.run(prover_.prove(request_, Kind::hot_leads, std::move(claim)));
    if (!page)
      throw std::runtime_error(page.error().public_detail + " " + page.error().log_detail);
    return std::move(*page);
  }
  bool wait_for(std::uint64_t checked) {
    return rig_.run_until([&] { return counts().checked >= checked; }, 20s);
  }
  proof::Counts counts() const { return ledger_.counts(Kind::hot_leads); }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  telemetry::Registry metrics_;
  proof::Ledger ledger_{{.one_in = 1}, metrics_};
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  proof::Prover prover_{rig_.context, *rig_.database, ledger_};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Leads leads_{*store_};
  RequestContext request_;
  HotRequest asked_;
};

TEST_P(HotLeadsProof, FindsARowThatIsWrongAndTellsWithBothFigures) {
  const auto first = read();
  ASSERT_TRUE(wait_for(1));
  ASSERT_TRUE(first.next_cursor);
  asked_.cursor = *first.next_cursor;
  const auto right = read();
  ASSERT_TRUE(wait_for(2));
  EXPECT_EQ(counts().wrong, 0U) << "pages behind a cursor are those of the tables, too";
  ASSERT_FALSE(right.items.empty());
  database_.run("UPDATE lead_hot SET v_score = 61.125 WHERE lead_id = $1", {right.items.rows.front().id.to_string()});
  const auto file = std::filesystem::path(testing::TempDir()) / fmt::format("proof-{}.log", random_hex(8));
  log::configure(file.string(), log::Level::info);
  const auto answered = read();
  EXPECT_TRUE(wait_for(3));
  log::flush();
  log::configure("stderr", log::Level::info);
  EXPECT_EQ(answered.items.rows.front().v_score, 61.125) << "the client has its answer, right or wrong";
  EXPECT_EQ(counts().wrong, 1U);
  std::ifstream in(file);
  const std::string logged((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  for (const std::string& part :
       {std::string("proof_wrong"), std::string("\"kind\":\"hot_leads\""), std::string("v 61.125"),
        fmt::format("v {}", *right.items.rows.front().v_score),
        std::string("features/leads/sql/list_hot_leads_raw.sql $1=") + anna_.user_id.to_string()})
    EXPECT_NE(logged.find(part), std::string::npos) << part << " is not in " << logged;
  EXPECT_EQ(logged.find("Muster"), std::string::npos) << "names are no figures";
  EXPECT_EQ(counts().skipped, 0U);
}

TEST_P(HotLeadsProof, FindsALeadThatIsMissing) {
  database_.run("DELETE FROM lead_hot WHERE lead_id = $1", {read().items.rows.front().id.to_string()});
  ASSERT_TRUE(wait_for(1));
  EXPECT_EQ(counts().wrong, 0U);
  read();
  ASSERT_TRUE(wait_for(2));
  EXPECT_EQ(counts().wrong, 1U);
}

TEST_P(HotLeadsProof, SeesOneSnapshotBesideWritersThatCommitInBetween) {
  for (std::uint64_t round = 1; round <= 5; ++round) {
    auto claim = hot_leads_claim(leads_, request_.identity, asked_);
    const auto recount = claim.recount;
    claim.recount = [this, recount](RequestContext& request) -> Task<Result<std::string>> {
      add_leads(3);
      database_.run("UPDATE leads SET p_score = 99 WHERE id IN (SELECT id FROM leads LIMIT 3)");
      database_.run("DELETE FROM leads WHERE id IN (SELECT id FROM leads ORDER BY p_score DESC LIMIT 2)");
      co_return co_await recount(request);
    };
    ASSERT_TRUE(rig_.run(prover_.prove(request_, Kind::hot_leads, std::move(claim))));
    ASSERT_TRUE(wait_for(round));
  }
  EXPECT_EQ(counts().wrong, 0U);
  EXPECT_EQ(counts().skipped, 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, HotLeadsProof, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::leads
