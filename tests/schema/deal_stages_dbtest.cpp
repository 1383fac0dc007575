// deal_stage_changes: whoever writes a deal, its history is what happened to it; and what was there before is known as
// far as activities tell it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "build_paths.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::TestDatabase;

struct DealStages : ::testing::Test {
  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");

  /// "made>new new>won": the history of the deals with this title, oldest first; a row that was only seen is "=new".
  std::string history(const std::string& title) {
    return database
        .run(
            "SELECT coalesce(string_agg(CASE WHEN c.from_stage IS NULL THEN 'made>' || c.to_stage WHEN c.from_stage = "
            "c.to_stage THEN "
            "'=' || c.to_stage ELSE c.from_stage || '>' || c.to_stage END, ' ' ORDER BY c.changed_at, c.entered_at "
            "NULLS FIRST, "
            "c.from_stage = c.to_stage DESC), '') "
            "FROM deal_stage_changes AS c JOIN deals AS d ON d.id = c.deal_id AND d.org_id = c.org_id WHERE d.title = "
            "$1",
            {title})
        .value();
  }
  std::string known_since(const TestDatabase::Account& account) {
    return database
        .run_as_tenant(account.user_id, account.org_id, "SELECT salesflow.stages_known_since($1) AT TIME ZONE 'UTC'",
                       {account.org_id.to_string()})
        .value();
  }
  std::int64_t rows() { return database.run("SELECT count(*) FROM deal_stage_changes").integer(); }
  /// The backfill over all deals, in batches of three; how many it changed.
  std::int64_t fill() {
    std::ifstream file(SALESFLOW_SOURCE_DIR "/db/backfills/deals_stage_history.sql");
    const std::string sql(std::istreambuf_iterator<char>(file), {});
    std::string key = "00000000-0000-0000-0000-000000000000";
    std::int64_t changed = 0;
    while (true) {
      const auto batch = database.run_as(Login::owner, sql, {key, "3"});
      if (batch.integer(0, 1) == 0)
        return changed;
      changed += batch.integer(0, 2);
      key = batch.value();
    }
  }
};

TEST_F(DealStages, EveryChangeIsARowWhoeverWrites) {
  const std::string org = a.org_id.to_string();
  database.run_as_tenant(a.user_id, a.org_id, "INSERT INTO deals (org_id, title, value) VALUES ($1, 'D', 10)", {org});
  EXPECT_EQ(history("D"), "made>new");
  database.run("UPDATE deals SET stage = 'meeting', value = 12.5");
  database.run("UPDATE deals SET stage = 'meeting', notes = 'the same stage'");
  database.run("UPDATE deals SET title = 'D'");
  database.run_as_tenant(a.user_id, a.org_id, "UPDATE deals SET stage = 'won', currency = 'USD'");
  EXPECT_EQ(history("D"), "made>new new>meeting meeting>won");
  const auto last = database.run(
      "SELECT value, currency, changed_by = $1, entered_at = (SELECT changed_at FROM deal_stage_changes WHERE to_stage "
      "= "
      "'meeting'), pipeline FROM deal_stage_changes WHERE to_stage = 'won'",
      {a.user_id.to_string()});
  EXPECT_EQ(last.value(0, 0) + last.value(0, 1) + last.value(0, 2) + last.value(0, 3) + last.value(0, 4),
            "12.5USDttdefault");
  EXPECT_EQ(database.run("SELECT changed_by FROM deal_stage_changes WHERE to_stage = 'meeting'").rows[0].at(0),
            std::nullopt);
  // An upsert, a MERGE and many at once.
  database.run(
      "INSERT INTO deals (id, org_id, title, stage) SELECT id, org_id, title, 'lost' FROM deals ON CONFLICT (id) DO "
      "UPDATE SET stage = excluded.stage");
  database.run(
      "MERGE INTO deals AS d USING (VALUES (true)) AS v (x) ON d.stage = 'lost' WHEN MATCHED THEN UPDATE SET stage = "
      "'new'");
  EXPECT_EQ(history("D"), "made>new new>meeting meeting>won won>lost lost>new");
  database.run("INSERT INTO deals (org_id, title) SELECT $1, 'many' FROM generate_series(1, 500)", {org});
  database.run("UPDATE deals SET stage = 'qualified' WHERE title = 'many'");
  EXPECT_EQ(database.run("SELECT count(*) FROM deal_stage_changes WHERE from_stage = 'new' AND to_stage = 'qualified'")
                .integer(),
            500);
  EXPECT_EQ(known_since(a), "");
}

TEST_F(DealStages, ARolledBackChangeLeavesNothing) {
  database.run("INSERT INTO deals (org_id, title) VALUES ($1, 'D')", {a.org_id.to_string()});
  database.run("BEGIN");
  database.run("UPDATE deals SET stage = 'won'");
  database.run("ROLLBACK");
  EXPECT_EQ(history("D"), "made>new");
}

TEST_F(DealStages, TheHistoryGoesWithItsDeal) {
  database.run("INSERT INTO deals (org_id, title) VALUES ($1, 'D'), ($1, 'E')", {a.org_id.to_string()});
  database.run("UPDATE deals SET stage = 'meeting'");
  database.run("UPDATE deals SET org_id = $1, stage = 'won' WHERE title = 'D'", {b.org_id.to_string()});
  EXPECT_EQ(history("D"), "made>new new>meeting meeting>won");
  EXPECT_EQ(database.run("SELECT count(*) FROM deal_stage_changes WHERE org_id = $1", {b.org_id.to_string()}).integer(),
            3);
  EXPECT_EQ(database.run("SELECT count(*) FROM deal_stage_changes WHERE org_id = $1", {a.org_id.to_string()}).integer(),
            2);
  database.run("UPDATE deals SET id = gen_random_uuid() WHERE title = 'E'");
  EXPECT_EQ(history("E"), "made>new new>meeting");
  database.run("DELETE FROM deals WHERE title = 'D'");
  EXPECT_EQ(rows(), 2);
  database.run("TRUNCATE deals CASCADE");
  EXPECT_EQ(rows(), 0);
}

TEST_F(DealStages, ATruncateInASnapshotForgetsWhatOthersWroteSince) {
  database.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
  database.run("SELECT count(*) FROM organizations");
  database.run_as(Login::owner, "INSERT INTO deals (org_id, title) VALUES ($1, 'D')", {a.org_id.to_string()});
  database.run("TRUNCATE deals CASCADE");
  database.run("COMMIT");
  EXPECT_EQ(rows(), 0);
}

TEST_F(DealStages, OnlyTriggersWriteAndOnlyTheOrganisationReads) {
  database.run("INSERT INTO deals (org_id, title) VALUES ($1, 'D')", {a.org_id.to_string()});
  for (const char* write : {"DELETE FROM deal_stage_changes", "UPDATE deal_stage_changes SET to_stage = 'won'",
                            "INSERT INTO deal_stage_changes (org_id, deal_id, changed_at, pipeline, to_stage) SELECT "
                            "org_id, id, now(), 'p', 'won' FROM deals"})
    EXPECT_ANY_THROW(database.run_as_tenant(a.user_id, a.org_id, write)) << write;
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "SELECT count(*) FROM deal_stage_changes").integer(), 1);
  EXPECT_EQ(database.run_as_tenant(b.user_id, b.org_id, "SELECT count(*) FROM deal_stage_changes").integer(), 0);
}

TEST_F(DealStages, ADealWithAPastIsKnownFromWhereItEnteredItsStage) {
  database.run(
      "INSERT INTO deals (org_id, title, stage, created_at, stage_entered_at) VALUES ($1, 'D', 'won', '2016-10-20Z', "
      "'2017-03-01Z')",
      {a.org_id.to_string()});
  EXPECT_EQ(history("D"), "=won");
  EXPECT_EQ(known_since(a), "2017-03-01 00:00:00");
  EXPECT_EQ(known_since(b), "") << "and another's not at all";
  database.run("DELETE FROM deals");
  EXPECT_EQ(known_since(a), "");
}

/// Rows of before: no trigger has seen them.
constexpr const char* found_deals = R"sql(
INSERT INTO deals (id, org_id, title, stage) SELECT md5('deal' || i)::uuid, $1::uuid, 'D' || i, 'proposal' FROM generate_series(1, 6) AS i;
)sql";
constexpr const char* found_activities = R"sql(
INSERT INTO activities (org_id, deal_id, type, occurred_at, metadata)
SELECT $1::uuid, md5('deal' || v.i)::uuid, 'stage_change', v.at::timestamptz, jsonb_build_object('from', v.before, 'to', v.after)
FROM (VALUES (1, '2026-01-01Z', NULL, 'new'), (1, '2026-01-02Z', 'new', 'meeting'), (1, '2026-01-03Z', 'meeting', 'proposal'),
             (2, '2026-02-02Z', 'new', 'meeting'), (2, '2026-02-03Z', 'meeting', 'proposal'),
             (3, '2026-01-01Z', NULL, 'new'), (3, '2026-01-02Z', 'new', 'meeting'), (3, '2026-01-03Z', 'lost', 'proposal'),
             (4, '2026-01-01Z', NULL, 'new'), (4, '2026-01-02Z', 'new', 'meeting')) AS v (i, at, before, after)
)sql";

TEST_F(DealStages, ActivitiesTellTheHistoryAsFarAsTheyJoinUp) {
  const std::string org = a.org_id.to_string();
  database.run("SET session_replication_role = replica");
  database.run(found_deals, {org});
  database.run(found_activities, {org});
  database.run("SET session_replication_role = origin");
  ASSERT_EQ(rows(), 0);
  database.run("UPDATE deals SET stage = 'won' WHERE title IN ('D1', 'D6')");  // before the backfill comes
  EXPECT_GT(fill(), 0);
  EXPECT_EQ(history("D1"), "made>new new>meeting meeting>proposal proposal>won") << "all of it";
  EXPECT_EQ(history("D2"), "=new new>meeting meeting>proposal") << "from its first change on";
  EXPECT_EQ(history("D3"), "=lost lost>proposal") << "what does not join up is left out";
  EXPECT_EQ(history("D4"), "=proposal") << "its activities do not lead to its stage";
  EXPECT_EQ(history("D5"), "=proposal");
  EXPECT_EQ(history("D6"), "=proposal proposal>won");
  EXPECT_EQ(fill(), 0) << "a second run changes nothing";
  EXPECT_EQ(database.run("SELECT salesflow.stages_known_since($1) IS NULL", {org}).value(), "t")
      << "nobody's without a tenant";
  EXPECT_NE(known_since(a), "");
  database.run("DELETE FROM deals WHERE title IN ('D4', 'D5', 'D6')");
  EXPECT_EQ(known_since(a), "2026-02-02 00:00:00");
  database.run("DELETE FROM deals WHERE title = 'D2'");
  EXPECT_EQ(known_since(a), "2026-01-03 00:00:00");
  database.run("DELETE FROM deals WHERE title = 'D3'");
  EXPECT_EQ(known_since(a), "");
}

TEST_F(DealStages, UntilTheBackfillHasEndedNothingIsKnown) {
  database.run("UPDATE salesflow.backfills SET finished_at = NULL WHERE name = 'deals_stage_history'");
  EXPECT_NE(known_since(a), "");
}

}  // namespace
}  // namespace salesflow
