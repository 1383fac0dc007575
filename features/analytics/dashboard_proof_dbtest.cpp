// Live dashboards held against their sessions in production, on a real PostgreSQL.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/analytics/dashboard_proof.hpp"
#include "features/analytics/dashboard_store.hpp"
#include "platform/core/log.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::analytics {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using proof::Kind;
using test::Login;

class DashboardProof : public testing::TestWithParam<PoolMode> {
 protected:
  DashboardProof() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    request_.identity = {anna_.user_id, anna_.org_id, Uuid{}, OrgRole::member, false};
    query_.from = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
    query_.to = std::chrono::sys_days(std::chrono::year(2026) / 6 / 30);
    query_.zone = "Europe/Vienna";
    query_.compare = true;
    add_sessions(200);
    database_.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)");
  }

  void add_sessions(int count) {
    database_.run(
        "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
        "generated_response, generation_model, outcome, composite_reward, created_at) SELECT $1, $2, 'h', 'follow_up', "
        "'{}', 'r', 'm', (ARRAY['converted', 'positive_reply', 'no_reply'])[1 + i % 3], 0.5, "
        "'2026-06-01Z'::timestamptz "
        "+ i * interval '3 hours' FROM generate_series(1, $3) AS i",
        {anna_.user_id.to_string(), anna_.org_id.to_string(), std::to_string(count)});
  }
  void make(proof::Settings settings) {
    ledger_.emplace(settings, metrics_);
    prover_.emplace(rig_.context, *rig_.database, *ledger_);
  }
  DashboardReport read() {
    ProvenDashboard proven(dashboard_, *prover_);
    const auto report = rig_.run(proven.read(request_, query_, Source::live));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return *report;
  }
  /// Waits for what goes on behind the answers.
  bool wait_for(std::uint64_t checked) {
    return rig_.run_until([&] { return ledger_->counts(Kind::dashboard).checked >= checked; }, 20s);
  }
  proof::Counts counts() const { return ledger_->counts(Kind::dashboard); }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  telemetry::Registry metrics_;
  std::optional<proof::Ledger> ledger_;
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  std::optional<proof::Prover> prover_;
  std::unique_ptr<DashboardStore> store_ = make_pg_dashboard_store(*rig_.database);
  Dashboard dashboard_{*store_};
  RequestContext request_;
  DashboardQuery query_;
};

TEST_P(DashboardProof, FindsARowThatIsWrongAndTellsWithBothFigures) {
  make({.one_in = 1});
  const auto right = read();
  ASSERT_TRUE(wait_for(1));
  EXPECT_EQ(counts().wrong, 0U);
  // One session more in the first quarter hour of a day: two widths, which quarter hour, sessions.
  database_.run(
      "UPDATE org_session_days SET quarters = set_byte(quarters, 3, get_byte(quarters, 3) + 1) WHERE day = "
      "'2026-06-10'");
  const auto file = std::filesystem::path(testing::TempDir()) / fmt::format("proof-{}.log", random_hex(8));
  log::configure(file.string(), log::Level::info);
  const auto answered = read();
  ASSERT_TRUE(wait_for(2));
  log::flush();
  log::configure("stderr", log::Level::info);
  EXPECT_EQ(answered.total.sessions, right.total.sessions + 1) << "the client has its answer, right or wrong";
  EXPECT_EQ(counts().wrong, 1U);
  std::ifstream in(file);
  const std::string logged((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  for (const std::string& part :
       {std::string("proof_wrong"), std::string("\"kind\":\"dashboard\""),
        fmt::format("2026-06-01..2026-06-30 {} sessions", right.total.sessions),
        fmt::format("2026-06-01..2026-06-30 {} sessions", right.total.sessions + 1),
        std::string("features/analytics/sql/recount_sessions.sql scope=organization $1=") + anna_.org_id.to_string(),
        std::string("$2=Europe/Vienna")})
    EXPECT_NE(logged.find(part), std::string::npos) << part << " is not in " << logged;
  EXPECT_NE(metrics_.expose().find("salesflow_proof_wrong_total{kind=\"dashboard\"} 1"), std::string::npos);
}

TEST_P(DashboardProof, SeesOneSnapshotBesideWritersThatCommitInBetween) {
  make({.one_in = 1});
  for (std::uint64_t round = 1; round <= 5; ++round) {
    auto claim = dashboard_claim(dashboard_, request_.identity, query_);
    const auto recount = claim.recount;
    claim.recount = [this, recount](RequestContext& request) -> Task<Result<std::string>> {
      add_sessions(3);
      database_.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)");
      database_.run("DELETE FROM rlhf_feedback_sessions WHERE id IN (SELECT id FROM rlhf_feedback_sessions LIMIT 2)");
      co_return co_await recount(request);
    };
    ASSERT_TRUE(rig_.run(prover_->prove(request_, Kind::dashboard, std::move(claim))));
    ASSERT_TRUE(wait_for(round));
  }
  EXPECT_EQ(counts().wrong, 0U);
  EXPECT_EQ(counts().skipped, 0U);
}

TEST_P(DashboardProof, IsOffAtNoughtAndSkippedOverBudget) {
  make({.one_in = 0});
  read();  // the first on its connection
  const auto before = request_.round_trips;
  read();
  EXPECT_EQ(counts().checked + counts().skipped, 0U);
  EXPECT_EQ(request_.round_trips - before, 1U) << "an answer that is not proven costs nothing more";
  make({.one_in = 1, .budget_a_second = 0us, .saved_max = 1us});
  read();
  ASSERT_TRUE(wait_for(1));
  read();
  read();
  EXPECT_EQ(counts().checked, 1U);
  EXPECT_EQ(counts().skipped, 2U);
}

TEST_P(DashboardProof, CostsNoRequestItsAnswerWhenThereIsNoConnection) {
  make({.one_in = 1});
  // One check at a time: the second answer comes while the first is still being counted.
  auto claim = dashboard_claim(dashboard_, request_.identity, query_);
  bool goes_on = false;
  const auto recount = claim.recount;
  claim.recount = [&](RequestContext& request) -> Task<Result<std::string>> {
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
        rig_.context);
    while (!goes_on) {
      pause.expires_after(5ms);
      co_await pause.async_wait(use_task);
    }
    co_return co_await recount(request);
  };
  ASSERT_TRUE(rig_.run(prover_->prove(request_, Kind::dashboard, std::move(claim))));
  read();
  EXPECT_EQ(counts().skipped, 1U);
  goes_on = true;
  ASSERT_TRUE(wait_for(1));
  // What an answer is refused for is told as without a proof.
  query_.zone = "Mars/Olympus";
  ProvenDashboard proven(dashboard_, *prover_);
  EXPECT_EQ(rig_.run(proven.read(request_, query_, Source::live)).error().code, Errc::invalid_argument);
}

TEST_P(DashboardProof, EndsWithItsDatabase) {
  make({.one_in = 1});
  read();
  auto drain = [](postgres::Database& db) -> Task<bool> {
    co_await db.drain(std::chrono::steady_clock::now() + 6s);
    co_return true;
  };
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(rig_.run(drain(*rig_.database)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 6s);
  EXPECT_TRUE(rig_.run_until([&] { return counts().checked + counts().skipped == 1; }, 2s));
  make({.one_in = 1});
  ProvenDashboard proven(dashboard_, *prover_);
  EXPECT_FALSE(rig_.run(proven.read(request_, query_, Source::live)));
  EXPECT_EQ(counts().skipped, 1U);
}

INSTANTIATE_TEST_SUITE_P(Modes, DashboardProof, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::analytics
