// verify, plan and superseded indexes: what the runner says of a database.
#include <gtest/gtest.h>

#include <algorithm>

#include "platform/migrations/runner.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::SqlSession;
using test::TestDatabase;

Options options_for(const TestDatabase& database, std::string to = {}) {
  Options options;
  options.database_url = database.url(Login::owner);
  options.to = std::move(to);
  return options;
}

/// "missing trigger public.leads x" for each difference, sorted.
std::vector<std::string> differences(const TestDatabase& database) {
  std::vector<std::string> found;
  const auto report = verify(options_for(database));
  EXPECT_TRUE(report) << report.error().public_detail;
  for (const auto& difference : report->differences) {
    found.push_back(difference.what + " " + difference.kind + " " + difference.object);
  }
  std::sort(found.begin(), found.end());
  return found;
}
using Texts = std::vector<std::string>;

TEST(MigrationVerify, NamesEachDifferenceAndForgivesWhatIsNotOurs) {
  TestDatabase database(Schema::empty);
  EXPECT_EQ(verify(options_for(database)).error().code, Errc::conflict);
  database.run_as(
      Login::owner,
      "CREATE TABLE leads (id uuid PRIMARY KEY, user_id uuid, name text NOT NULL); CREATE TABLE other (a int)");
  ASSERT_TRUE(up(options_for(database)));
  EXPECT_EQ(differences(database), Texts{});
  // Theirs: a column and an index beside ours on the found table, a table of their own.
  database.run_as(Login::owner,
                  "ALTER TABLE leads ADD their_column integer; CREATE INDEX their_index ON leads (name); "
                  "ALTER TABLE leads DROP their_column; CREATE TABLE another (a int); ALTER TABLE other ADD b int");
  EXPECT_EQ(differences(database), Texts{});
  database.run(
      "DROP INDEX idx_message_events_user_channel_status; ALTER TABLE contacts DISABLE ROW LEVEL SECURITY; "
      "ALTER TABLE leads DROP COLUMN flow; ALTER TABLE contacts ALTER COLUMN city TYPE varchar(9); "
      "ALTER TABLE deals DISABLE TRIGGER salesflow_row_version; GRANT SELECT ON deals TO salesflow_worker; "
      "CREATE POLICY hole ON leads TO salesflow_app USING (true); ALTER TABLE deals ADD COLUMN mine integer; "
      "CREATE OR REPLACE FUNCTION salesflow.bump_row_version() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; "
      "END'; "
      "ALTER TABLE tasks DROP CONSTRAINT salesflow_deal_fkey; REVOKE SELECT ON contacts FROM salesflow_app");
  EXPECT_EQ(differences(database),
            (Texts{"changed column public.contacts.city", "changed function salesflow.bump_row_version()",
                   "changed grant public.contacts to salesflow_app", "changed row level security public.contacts",
                   "changed trigger public.deals salesflow_row_version", "missing column public.leads.flow",
                   "missing constraint public.tasks salesflow_deal_fkey",
                   "missing index public.idx_message_events_user_channel_status", "unexpected column public.deals.mine",
                   "unexpected grant public.deals to salesflow_worker", "unexpected policy public.leads hole"}));
}

TEST(MigrationVerify, GivesTheSameFingerprintAfterUpDownUpAndPhaseByPhase) {
  TestDatabase whole(Schema::empty), stepwise(Schema::empty);
  ASSERT_TRUE(up(options_for(whole)));
  const auto fresh = verify(options_for(whole));
  ASSERT_TRUE(fresh);
  EXPECT_GT(fresh->objects, 500);
  std::string previous = "none";
  for (const auto& migration : embedded_migrations().value()) {
    ASSERT_TRUE(up(options_for(stepwise, migration.name))) << migration.name;
    ASSERT_EQ(differences(stepwise), Texts{}) << migration.name;
    const auto once = verify(options_for(stepwise))->fingerprint;
    const auto undone = down(options_for(stepwise, previous));
    ASSERT_TRUE(undone) << undone.error().public_detail;
    ASSERT_TRUE(up(options_for(stepwise, migration.name)));
    EXPECT_EQ(verify(options_for(stepwise))->fingerprint, once) << migration.name;
    previous = migration.name;
  }
  EXPECT_EQ(verify(options_for(stepwise))->fingerprint, fresh->fingerprint);
  ASSERT_TRUE(down(options_for(whole, "base")));
  EXPECT_EQ(differences(whole), Texts{});
  EXPECT_NE(verify(options_for(whole))->fingerprint, fresh->fingerprint);
  ASSERT_TRUE(up(options_for(whole)));
  EXPECT_EQ(verify(options_for(whole))->fingerprint, fresh->fingerprint);
}

/// The contract's own table and indexes.
constexpr const char* found_events = R"(
  CREATE TABLE message_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid, channel text NOT NULL,
    direction text NOT NULL, normalized_text text NOT NULL, autopilot_status text NOT NULL DEFAULT 'pending', suggested_reply jsonb,
    created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX user_contact ON message_events (user_id, contact_id);
  CREATE INDEX user_status ON message_events (user_id, autopilot_status);
  CREATE INDEX "Direction" ON message_events (user_id, direction);
  COMMENT ON INDEX "Direction" IS 'it''s theirs';
  CREATE INDEX has_reply ON message_events (user_id, autopilot_status) WHERE suggested_reply IS NOT NULL;
  CREATE INDEX channel ON message_events (channel);
  CREATE INDEX created ON message_events (created_at DESC);
  CREATE UNIQUE INDEX theirs ON message_events (user_id, autopilot_status, id);
  CREATE INDEX text_start ON message_events (user_id, normalized_text text_pattern_ops))";

TEST(SupersededIndexes, GoWithPhase1AndComeBackWithDown) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, found_events);
  const std::string before = test::dump_schema(database.url(Login::superuser));
  ASSERT_TRUE(up(options_for(database, "base")));
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_index WHERE indrelid = 'message_events'::regclass").integer(), 9);
  const auto planned = plan(options_for(database, "phase1"));
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_EQ(std::count_if(planned->findings.begin(), planned->findings.end(),
                          [](const Finding& finding) { return finding.action == "drop"; }),
            4);
  const auto report = up(options_for(database, "phase1"));
  ASSERT_TRUE(report) << report.error().public_detail;
  EXPECT_EQ(report->superseded,
            (Texts{"public.\"Direction\"", "public.has_reply", "public.user_contact", "public.user_status"}));
  EXPECT_TRUE(up(options_for(database))->superseded.empty());
  EXPECT_EQ(differences(database), Texts{});
  const auto loss = plan_down(options_for(database, "base"));
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->restored.size(), 4u);
  const auto gone = down(options_for(database, "none"));
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(test::dump_schema(database.url(Login::superuser)), before);
}

TEST(SupersededIndexes, StayOnRequestAndGoWithALaterUp) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, found_events);
  auto options = options_for(database);
  options.keep_superseded = true;
  EXPECT_TRUE(up(options)->superseded.empty());
  options.keep_superseded = false;
  EXPECT_EQ(up(options)->superseded.size(), 4u);
}

/// Looks rows up by their key, as a service does, or as our own backfills do.
void scan_events(TestDatabase& database, int times) {
  database.run("DO $$ BEGIN SET LOCAL enable_seqscan = off; FOR i IN 1 .. " + std::to_string(times) +
               " LOOP PERFORM id FROM message_events WHERE id = (SELECT gen_random_uuid()); END LOOP; "
               "PERFORM count(*) FROM message_events WHERE channel = 'x'; END $$");
  database.run("SELECT pg_stat_force_next_flush()");
}

constexpr const char* some_events =
    "INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT gen_random_uuid(), "
    "'email', 'inbound', 'x' FROM generate_series(1, 2000); ANALYZE message_events";

TEST(SupersededIndexes, AnUnusedOneGoesOnlyWhereTheTablesOthersAreUsed) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, found_events);
  database.run(some_events);
  scan_events(database, 1200);
  const auto dropped = up(options_for(database))->superseded;
  EXPECT_TRUE(std::count(dropped.begin(), dropped.end(), "public.created")) << "nobody used it";
  EXPECT_FALSE(std::count(dropped.begin(), dropped.end(), "public.channel")) << "it was used once";
}

// Issue 9, 4: three indexes went with a second `up`, because the first one's backfills had used the others.
TEST(SupersededIndexes, ASecondUpChangesNothing) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, found_events);
  database.run(some_events);
  ASSERT_TRUE(up(options_for(database)));
  const std::string schema = test::dump_schema(database.url(Login::superuser));
  scan_events(database, 1200);
  database.run("ANALYZE");
  const auto planned = plan(options_for(database));
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_FALSE(std::any_of(planned->findings.begin(), planned->findings.end(),
                           [](const Finding& finding) { return finding.action == "drop"; }));
  const auto again = up(options_for(database));
  ASSERT_TRUE(again) << again.error().public_detail;
  EXPECT_TRUE(again->applied.empty() && again->superseded.empty() && again->backfills.done.empty());
  EXPECT_EQ(test::dump_schema(database.url(Login::superuser)), schema);
}

// Issue 9, 4: an INVALID index costs writers and serves nobody, whoever made it and wherever.
TEST(MigrationVerify, NamesEveryInvalidIndexWithTheStatementThatMendsIt) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, found_events);
  database.run_as(Login::owner,
                  "CREATE TABLE theirs_alone (a int); CREATE INDEX \"Odd Name\" ON theirs_alone (a); CREATE INDEX "
                  "channel_ccnew ON message_events (channel)");
  ASSERT_TRUE(up(options_for(database)));
  EXPECT_EQ(differences(database), Texts{});
  database.run(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('\"Odd Name\"'::regclass, "
      "'channel_ccnew'::regclass, 'channel'::regclass, 'idx_message_events_user_channel_status'::regclass)");
  EXPECT_EQ(differences(database), (Texts{"invalid index public.\"Odd Name\"", "invalid index public.channel",
                                          "invalid index public.channel_ccnew",
                                          "invalid index public.idx_message_events_user_channel_status"}));
  const auto report = verify(options_for(database));
  ASSERT_TRUE(report) << report.error().public_detail;
  for (const auto& difference : report->differences) {
    database.run_as(Login::owner, difference.mend);
  }
  EXPECT_EQ(differences(database), Texts{});
  EXPECT_EQ(database.run("SELECT to_regclass('channel_ccnew') IS NULL AND to_regclass('channel') IS NOT NULL").value(),
            "t");
}

TEST(MigrationPlan, SaysWhatItFindsAddsEstimatesAndWhatIsInTheWay) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, found_events);
  database.run_as(
      Login::owner,
      "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text) SELECT gen_random_uuid(), "
      "gen_random_uuid(), 'email', 'inbound', 'x' FROM generate_series(1, 20000); ANALYZE message_events; "
      "CREATE INDEX idx_message_events_user_contact_created ON message_events (channel); "
      "ALTER TABLE message_events ENABLE ROW LEVEL SECURITY; CREATE POLICY \"allow all\" ON message_events USING "
      "(true)");
  database.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'created'::regclass");
  auto open = SqlSession::connect(database.url(Login::owner)).value();
  open.run("BEGIN").value();
  open.run("SELECT pg_sleep(5.5)").value();
  const auto report = plan(options_for(database));
  ASSERT_TRUE(report) << report.error().public_detail;
  EXPECT_EQ(report->steps.size(), embedded_migrations()->size());
  const auto said = [&](const std::string& action, const std::string& object, const std::string& text) {
    return std::any_of(report->findings.begin(), report->findings.end(), [&](const Finding& f) {
      return f.action == action && f.object == object && f.text.find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(said("add", "table public.leads", "columns"));
  EXPECT_TRUE(said("keep", "table public.message_events", "found with 9 columns"));
  EXPECT_TRUE(said("change", "table public.message_events", "raw_payload"));
  EXPECT_TRUE(said("keep", "policy \"allow all\" of message_events", "RESTRICTIVE"));
  EXPECT_TRUE(said("drop", "index public.user_status", "answers for it"));
  EXPECT_TRUE(said("keep", "index public.channel", ""));
  EXPECT_TRUE(said("change", "index public.idx_message_events_user_contact_created", "another definition"));
  const auto index = std::find_if(report->indexes.begin(), report->indexes.end(), [](const IndexPlan& i) {
    return i.index == "idx_message_events_user_status_created";
  });
  ASSERT_NE(index, report->indexes.end());
  EXPECT_EQ(index->action, "build");
  EXPECT_EQ(index->rows, 20'000);
  const std::string obstacles = report->obstacles.at(0) + report->obstacles.at(1);
  EXPECT_NE(obstacles.find("pg_sleep"), std::string::npos) << obstacles;
  EXPECT_NE(obstacles.find("index public.created is invalid"), std::string::npos) << obstacles;
  EXPECT_EQ(database.run("SELECT to_regnamespace('salesflow') IS NULL").value(), "t") << "plan changed something";
  open.run("COMMIT").value();
  ASSERT_TRUE(up(options_for(database)));
  const double size =
      static_cast<double>(database.run("SELECT pg_relation_size('idx_message_events_user_status_created')").integer());
  EXPECT_GT(static_cast<double>(index->bytes) / size, 1.0 / 3);
  EXPECT_LT(static_cast<double>(index->bytes) / size, 3.0);
}

TEST(MigrationPlan, CountsWhatDownWouldDelete) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner,
                  "CREATE TABLE leads (id uuid PRIMARY KEY, user_id uuid, name text NOT NULL); "
                  "INSERT INTO leads SELECT gen_random_uuid(), gen_random_uuid(), 'x' FROM generate_series(1, 7)");
  ASSERT_TRUE(up(options_for(database)));
  database.create_account("a@example.com");
  database.run("UPDATE leads SET company = 'c' WHERE id IN (SELECT id FROM leads LIMIT 3)");
  const auto report = plan_down(options_for(database, "none"));
  ASSERT_TRUE(report) << report.error().public_detail;
  const auto rows = [&](const std::string& object) -> std::int64_t {
    for (const auto& loss : report->losses) {
      if (loss.object == object)
        return loss.rows;
    }
    return 0;
  };
  EXPECT_EQ(rows("table public.users"), 1);
  EXPECT_EQ(rows("column public.leads.company"), 3);
  EXPECT_EQ(rows("column public.leads.customer_type"), 0) << "only its default";
  EXPECT_EQ(rows("table public.leads"), 0) << "it was found and stays";
  EXPECT_TRUE(plan_down(options_for(database, "base"))->losses.empty());
  EXPECT_EQ(plan_down(options_for(database)).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace salesflow::migrations
