// Live figures of templates and channels held against their messages in production, on a real PostgreSQL.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/analytics/templates_proof.hpp"
#include "platform/core/ids.hpp"
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

class TemplatesProof : public testing::TestWithParam<PoolMode> {
 protected:
  TemplatesProof() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    request_.identity = {anna_.user_id, anna_.org_id, Uuid{}, OrgRole::member, false};
    filter_.scope = TemplateScope::organization;
    filter_.period = {std::chrono::sys_days(std::chrono::year(2026) / 6 / 1),
                      std::chrono::sys_days(std::chrono::year(2026) / 6 / 30), 30, "Europe/Vienna"};
    add_messages(60);
    fold();
  }

  /// Every third one is answered within two hours.
  void add_messages(int count) {
    database_.run(
        "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
        "autopilot_status, template_version, created_at) SELECT $1, $2, md5(i::text)::uuid, 'email', d.direction, 'x', "
        "'sent', CASE d.direction WHEN 'outbound' THEN 'v' || i % 3 END, '2026-06-01Z'::timestamptz + i * interval "
        "'11 hours' + d.later FROM generate_series(1, $3) AS i CROSS JOIN (VALUES ('outbound', interval '0'), "
        "('inbound', interval '2 hours')) AS d (direction, later) WHERE d.direction = 'outbound' OR i % 3 = 0",
        {anna_.user_id.to_string(), anna_.org_id.to_string(), std::to_string(count)});
  }
  void fold() {
    database_.run_as(Login::worker, "SELECT salesflow.refresh_summaries(100000)");
    database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(100000)");
  }
  TemplateReport read() {
    const auto report = rig_.run(proven_.list(request_, filter_, Source::live));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return *report;
  }
  ChannelReport channels() {
    const auto report =
        rig_.run(proven_.list_channels(request_, filter_.scope, filter_.period, filter_.window, Source::live));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return *report;
  }
  bool wait_for(std::uint64_t checked) {
    return rig_.run_until([&] { return counts().checked >= checked; }, 20s);
  }
  proof::Counts counts() const { return ledger_.counts(Kind::templates); }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  telemetry::Registry metrics_;
  proof::Ledger ledger_{{.one_in = 1}, metrics_};
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  proof::Prover prover_{rig_.context, *rig_.database, ledger_};
  std::unique_ptr<TemplateStore> store_ = make_pg_template_store(*rig_.database);
  Templates templates_{*store_};
  ProvenTemplates proven_{templates_, prover_};
  RequestContext request_;
  TemplateFilter filter_;
};

TEST_P(TemplatesProof, FindsARowThatIsWrongAndTellsWithBothFigures) {
  const auto right = read();
  ASSERT_TRUE(wait_for(1));
  ASSERT_EQ(right.templates.size(), 3U);
  channels();
  ASSERT_TRUE(wait_for(2));
  EXPECT_TRUE(rig_.run(proven_.compare_variants(request_, {"v0", {}}, {"v1", {}}, filter_, Source::live)));
  ASSERT_TRUE(wait_for(3));
  filter_.scope = TemplateScope::user;
  filter_.by_channel = true;
  read();
  ASSERT_TRUE(wait_for(4));
  filter_.scope = TemplateScope::organization;
  filter_.by_channel = false;
  EXPECT_EQ(counts().wrong, 0U);
  ASSERT_NE(database_
                .run("WITH w AS (UPDATE org_template_days SET total = total + 1 WHERE day = '2026-06-10' AND "
                     "template_version = 'v0' RETURNING 1) SELECT count(*) FROM w")
                .integer(),
            0);
  const auto file = std::filesystem::path(testing::TempDir()) / fmt::format("proof-{}.log", random_hex(8));
  log::configure(file.string(), log::Level::info);
  read();
  EXPECT_TRUE(wait_for(5));
  log::flush();
  log::configure("stderr", log::Level::info);
  EXPECT_EQ(counts().wrong, 1U);
  std::ifstream in(file);
  const std::string logged((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  for (const std::string& part :
       {std::string("proof_wrong"), std::string("\"kind\":\"templates\""), std::string("v0/-/- total 20 "),
        std::string("v0/-/- total 21 "),
        std::string("features/analytics/sql/recount_templates.sql scope=organization $1=") + anna_.org_id.to_string(),
        std::string("$2=Europe/Vienna")})
    EXPECT_NE(logged.find(part), std::string::npos) << part << " is not in " << logged;
  EXPECT_EQ(counts().skipped, 0U);
}

TEST_P(TemplatesProof, FindsAReplyThatIsCountedTwice) {
  ASSERT_NE(
      database_
          .run("WITH w AS (UPDATE org_reply_days_folded SET replies_7d = replies_7d + 1 WHERE template_version = 'v0' "
               "AND day = (SELECT min(day) FROM org_reply_days WHERE template_version = 'v0' AND day > "
               "'2026-06-02') RETURNING 1) SELECT count(*) FROM w")
          .integer(),
      0);
  channels();
  ASSERT_TRUE(wait_for(1));
  EXPECT_EQ(counts().wrong, 1U);
}

TEST_P(TemplatesProof, SeesOneSnapshotBesideWritersThatCommitInBetween) {
  for (std::uint64_t round = 1; round <= 5; ++round) {
    auto claim = templates_claim(templates_, request_.identity, filter_);
    const auto recount = claim.recount;
    claim.recount = [this, recount, round](RequestContext& request) -> Task<Result<std::string>> {
      add_messages(7);
      if (round % 2 == 0)
        fold();
      database_.run("DELETE FROM message_events WHERE id IN (SELECT id FROM message_events LIMIT 2)");
      co_return co_await recount(request);
    };
    ASSERT_TRUE(rig_.run(prover_.prove(request_, Kind::templates, std::move(claim))));
    ASSERT_TRUE(wait_for(round));
  }
  EXPECT_EQ(counts().wrong, 0U);
  EXPECT_EQ(counts().skipped, 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, TemplatesProof, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::analytics
