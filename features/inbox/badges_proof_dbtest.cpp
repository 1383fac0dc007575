// Badges held against single rows in production, on a real PostgreSQL.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/inbox/badges_proof.hpp"
#include "features/inbox/store.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/log.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::inbox {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using proof::Kind;
using test::Login;

class BadgesProof : public testing::TestWithParam<PoolMode> {
 protected:
  BadgesProof() {
    request_.deadline = std::chrono::steady_clock::now() + 10min;
    request_.identity = {anna_.user_id, anna_.org_id, Uuid{}, OrgRole::member, false};
    add_rows(1);
  }
  /// Whatever badges count.
  void add_rows(int seed) {
    const std::string anna = anna_.user_id.to_string(), number = std::to_string(seed);
    database_.run(
        "INSERT INTO dm_conversations (user_id, platform, status, next_sequence_action_at) SELECT $1, (ARRAY['email', "
        "'sms', 'whatsapp'])[1 + (i + $2) % 3], (ARRAY['new', 'replied', 'in_sequence', 'archived', "
        "'dm_initiated_no_response'])[1 + (i * 7 + $2) % 5], now() + (i % 3 - 1) * interval '1 hour' FROM "
        "generate_series(1, 20) AS i",
        {anna, number});
    // An answer would end a sequence.
    database_.run(
        "INSERT INTO dm_messages (user_id, conversation_id, direction, content, sent_at) SELECT $1, c.id, CASE WHEN h "
        "% 3 = 0 THEN 'outbound' ELSE 'inbound' END, 'x', now() - h % 9 * interval '1 day' FROM (SELECT id, "
        "row_number() OVER (ORDER BY status, platform, id) + $2 AS h FROM dm_conversations WHERE user_id = $1 AND "
        "status <> 'in_sequence') AS c WHERE h % 2 = 0",
        {anna, number});
    database_.run("INSERT INTO message_queue (user_id, message, status) VALUES ($1, 'x', 'pending')", {anna});
    database_.run(
        "INSERT INTO message_events (user_id, channel, direction, normalized_text, autopilot_status) VALUES ($1, "
        "'email', 'inbound', 'x', 'suggested')",
        {anna});
    database_.run(
        "INSERT INTO tasks (org_id, assigned_to, title, due_at, status) SELECT $2, $1, 't', now() + i * interval '1 "
        "day', 'pending' FROM generate_series(-2, 2) AS i",
        {anna, anna_.org_id.to_string()});
  }
  proof::Claim<OneRow<BadgesRow>> claim() {
    return badges_claim(inbox_, request_.identity, inbox_.badge_limits(std::nullopt));
  }
  BadgesRow read() {
    auto asked = claim();
    const auto row = rig_.run(prover_.prove(request_, Kind::badges, std::move(asked)));
    if (!row)
      throw std::runtime_error(row.error().public_detail + " " + row.error().log_detail);
    BadgesRow copy = **row;
    copy.by_status = copy.by_platform = {};
    return copy;
  }
  bool wait_for(std::uint64_t checked) {
    return rig_.run_until([&] { return counts().checked >= checked; }, 20s);
  }
  proof::Counts counts() const { return ledger_.counts(Kind::badges); }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  telemetry::Registry metrics_;
  proof::Ledger ledger_{{.one_in = 1}, metrics_};
  test::PostgresRig rig_{test::pool_settings(database_, GetParam())};
  proof::Prover prover_{rig_.context, *rig_.database, ledger_};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Inbox inbox_{*store_};
  RequestContext request_;
};

TEST_P(BadgesProof, FindsARowThatIsWrongAndTellsWithBothFigures) {
  read();
  ASSERT_TRUE(wait_for(1));
  database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(100000)");
  const auto right = read();
  ASSERT_TRUE(wait_for(2));
  EXPECT_EQ(counts().wrong, 0U) << "folded or not";
  for (const auto figure : {right.open, right.unread, right.attention_at_once, right.steps_due, right.drafts,
                            right.replies, right.tasks_due, right.tasks_overdue})
    EXPECT_GT(figure, 0);
  database_.run("UPDATE user_draft_counts_folded SET pending = pending + 1");
  const auto file = std::filesystem::path(testing::TempDir()) / fmt::format("proof-{}.log", random_hex(8));
  log::configure(file.string(), log::Level::info);
  const auto answered = read();
  EXPECT_TRUE(wait_for(3));
  log::flush();
  log::configure("stderr", log::Level::info);
  EXPECT_EQ(answered.drafts, right.drafts + 1) << "the client has its answer, right or wrong";
  EXPECT_EQ(counts().wrong, 1U);
  std::ifstream in(file);
  const std::string logged((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  for (const std::string& part : {std::string("proof_wrong"), std::string("\"kind\":\"badges\""),
                                  fmt::format("drafts {} ", right.drafts), fmt::format("drafts {} ", right.drafts + 1),
                                  std::string("features/inbox/sql/recount_badges.sql $1=") + anna_.user_id.to_string()})
    EXPECT_NE(logged.find(part), std::string::npos) << part << " is not in " << logged;
  EXPECT_EQ(counts().skipped, 0U);
}

TEST_P(BadgesProof, FindsMessagesThatNoTriggerSaw) {
  database_.run(
      "SET session_replication_role = replica; UPDATE dm_messages SET direction = 'inbound', sent_at = now(); RESET "
      "session_replication_role");
  read();
  ASSERT_TRUE(wait_for(1));
  EXPECT_EQ(counts().wrong, 1U);
}

TEST_P(BadgesProof, FindsAStepWhoseTimeIsKeptWrong) {
  database_.run(
      "SET session_replication_role = replica; UPDATE dm_conversations SET attention_at = now() + interval '1 hour' "
      "WHERE status = 'in_sequence'; RESET session_replication_role");
  read();
  ASSERT_TRUE(wait_for(1));
  EXPECT_EQ(counts().wrong, 1U);
}

TEST_P(BadgesProof, SeesOneSnapshotBesideWritersThatCommitInBetween) {
  for (std::uint64_t round = 1; round <= 5; ++round) {
    auto asked = claim();
    const auto recount = asked.recount;
    asked.recount = [this, recount, round](RequestContext& request) -> Task<Result<std::string>> {
      add_rows(static_cast<int>(round));
      database_.run_as(Login::worker, "SELECT salesflow.fold_rollups(100000)");
      database_.run("DELETE FROM dm_conversations WHERE id IN (SELECT id FROM dm_conversations LIMIT 2)");
      database_.run("UPDATE message_queue SET status = 'approved' WHERE id IN (SELECT id FROM message_queue LIMIT 1)");
      co_return co_await recount(request);
    };
    ASSERT_TRUE(rig_.run(prover_.prove(request_, Kind::badges, std::move(asked))));
    ASSERT_TRUE(wait_for(round));
  }
  EXPECT_EQ(counts().wrong, 0U);
  EXPECT_EQ(counts().skipped, 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, BadgesProof, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::inbox
