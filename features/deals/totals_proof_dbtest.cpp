// Sums of open deals held against single deals in production, on a real PostgreSQL.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/deals/store.hpp"
#include "features/deals/totals_proof.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/log.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::deals {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using proof::Kind;
using test::Login;

class TotalsProof : public testing::TestWithParam<PoolMode> {
 protected:
  TotalsProof() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    request_.identity = {anna_.user_id, anna_.org_id, Uuid{}, OrgRole::member, false};
    slice_.cards_per_stage = 2;
  }
  /// Of several currencies and pipelines; some with an owner, some closed.
  void add_deals(int count) {
    database_.run(
        "INSERT INTO deals (org_id, title, value, currency, probability, stage, pipeline, owner_id, closed_at) SELECT "
        "$1, 'Deal ' || i, i * 10.25, (ARRAY['EUR', 'eur', 'USD', 'KWD'])[1 + i % 4], 30, (ARRAY['new', 'meeting', "
        "'proposal'])[1 + i % 3], CASE WHEN i % 7 = 0 THEN 'second' ELSE 'default' END, CASE WHEN i % 2 = 0 THEN "
        "$2::uuid END, CASE WHEN i % 5 = 0 THEN now() END FROM generate_series(1, $3) AS i",
        {anna_.org_id.to_string(), anna_.user_id.to_string(), std::to_string(count)});
  }
  std::int64_t read_summary() {
    auto claim = summary_claim(deals_, request_.identity, "default", 30);
    const auto row = rig_.run(prover_.prove(request_, Kind::totals, std::move(claim)));
    if (!row)
      throw std::runtime_error(row.error().public_detail + " " + row.error().log_detail);
    return (**row).open_count;
  }
  void read_board() {
    auto claim = board_claim(deals_, request_.identity, "default", slice_);
    const auto board = rig_.run(prover_.prove(request_, Kind::totals, std::move(claim)));
    if (!board)
      throw std::runtime_error(board.error().public_detail + " " + board.error().log_detail);
  }
  bool wait_for(std::uint64_t checked) {
    return rig_.run_until([&] { return counts().checked >= checked; }, 20s);
  }
  proof::Counts counts() const { return ledger_.counts(Kind::totals); }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  telemetry::Registry metrics_;
  proof::Ledger ledger_{{.one_in = 1}, metrics_};
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  proof::Prover prover_{rig_.context, *rig_.database, ledger_};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Deals deals_{*store_};
  RequestContext request_;
  BoardSlice slice_;
};

TEST_P(TotalsProof, FindsARowThatIsWrongAndTellsWithBothFigures) {
  std::uint64_t checked = 0;
  const auto read_all = [&] {
    for (const auto& owner : {std::optional<Uuid>{}, std::optional(anna_.user_id)}) {
      slice_.owner_id = owner;
      read_board();
      EXPECT_TRUE(wait_for(++checked));
    }
    slice_.owner_id = {};
    const auto open = read_summary();
    EXPECT_TRUE(wait_for(++checked));
    return open;
  };
  EXPECT_EQ(read_all(), 0);
  add_deals(60);
  EXPECT_EQ(read_all(), 41);
  database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(100000)");
  EXPECT_EQ(read_all(), 41);
  EXPECT_EQ(counts().wrong, 0U) << "without deals, not folded and folded";
  database_.run(
      "UPDATE org_open_deal_sums_folded SET value = value + 0.001 WHERE pipeline = 'default' AND stage = 'meeting' AND "
      "currency = 'KWD'");
  const auto file = std::filesystem::path(testing::TempDir()) / fmt::format("proof-{}.log", random_hex(8));
  log::configure(file.string(), log::Level::info);
  read_all();
  log::flush();
  log::configure("stderr", log::Level::info);
  EXPECT_GE(counts().wrong, 2U) << "board and summary";
  EXPECT_EQ(counts().skipped, 0U);
  std::ifstream in(file);
  const std::string logged((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  for (const std::string& part :
       {std::string("proof_wrong"), std::string("\"kind\":\"totals\""), std::string("board: meeting "),
        std::string("all 41 deals "),
        std::string("features/deals/sql/recount_open_sums.sql $1=") + anna_.org_id.to_string()})
    EXPECT_NE(logged.find(part), std::string::npos) << part << " is not in " << logged;
}

TEST_P(TotalsProof, SeesOneSnapshotBesideWritersThatCommitInBetween) {
  add_deals(30);
  for (std::uint64_t round = 1; round <= 6; ++round) {
    const auto meanwhile = [this](std::function<Task<Result<std::string>>(RequestContext&)> recount) {
      return [this, recount = std::move(recount)](RequestContext& request) -> Task<Result<std::string>> {
        add_deals(7);
        database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(100000)");
        database_.run(
            "UPDATE deals SET stage = 'negotiation', value = value + 1 WHERE id IN (SELECT id FROM deals LIMIT 2)");
        database_.run("DELETE FROM deals WHERE id IN (SELECT id FROM deals ORDER BY value LIMIT 1)");
        co_return co_await recount(request);
      };
    };
    if (round % 2 == 0) {
      auto claim = summary_claim(deals_, request_.identity, "default", 30);
      claim.recount = meanwhile(std::move(claim.recount));
      ASSERT_TRUE(rig_.run(prover_.prove(request_, Kind::totals, std::move(claim))));
    } else {
      auto claim = board_claim(deals_, request_.identity, "default", slice_);
      claim.recount = meanwhile(std::move(claim.recount));
      ASSERT_TRUE(rig_.run(prover_.prove(request_, Kind::totals, std::move(claim))));
    }
    ASSERT_TRUE(wait_for(round));
  }
  EXPECT_EQ(counts().wrong, 0U);
  EXPECT_EQ(counts().skipped, 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, TotalsProof, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::deals
