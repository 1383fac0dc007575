// down always ends: what could stop it is named before anything is changed, and a failure leaves all as it was.
#include <gtest/gtest.h>

#include <algorithm>

#include "platform/migrations/runner.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::TestDatabase;

/// The contract's event table with indexes of its own under two of our names.
constexpr const char* found_events = R"(
  CREATE TABLE message_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid, channel text NOT NULL,
    direction text NOT NULL, normalized_text text NOT NULL, autopilot_status text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX idx_message_events_user_contact_created ON message_events (user_id, normalized_text);
  CREATE INDEX user_status ON message_events (user_id, autopilot_status);
  INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT gen_random_uuid(), 'email', 'inbound', 'x' FROM generate_series(1, 50))";

// Random, so that compression does not save it.
constexpr const char* add_long_text =
    "INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT gen_random_uuid(), 'email', "
    "'inbound', string_agg(md5(random()::text), '') FROM generate_series(1, 200) RETURNING id";

struct MigrationDown : ::testing::Test {
  TestDatabase database{Schema::empty};
  Options options;
  std::vector<std::string> told;

  MigrationDown() {
    options.database_url = database.url(Login::owner);
    options.progress = [this](const Progress& progress) { told.push_back(progress.text); };
  }
  std::string dump() { return test::dump_schema(database.url(Login::superuser)); }
  void go_up() {
    options.to = {};
    const auto done = up(options);
    ASSERT_TRUE(done) << done.error().public_detail;
    options.to = "none";
  }
  /// Refused with this word, and nothing is changed.
  void expect_refused(const std::string& word) {
    const std::string before = dump();
    const auto refused = down(options);
    ASSERT_TRUE(refused.has_error()) << word;
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().public_detail.find(word), std::string::npos) << refused.error().public_detail;
    EXPECT_EQ(dump(), before) << "something was changed";
    EXPECT_EQ(database.run("SELECT count(*) FROM salesflow.schema_migrations").integer(),
              static_cast<std::int64_t>(embedded_migrations()->size()));
  }
  void expect_given_back(const std::string& before) {
    const auto gone = down(options);
    ASSERT_TRUE(gone) << gone.error().public_detail;
    EXPECT_EQ(dump(), before);
  }
};

// Issue 9, 4: index row size 3256 exceeds btree version 4 maximum 2704.
TEST_F(MigrationDown, NamesTheRowThatAFoundIndexCannotHoldBeforeItChangesAnything) {
  database.run_as(Login::owner, found_events);
  const std::string before = dump();
  go_up();
  const std::string id = database.run(add_long_text).value();
  const auto planned = plan_down(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  ASSERT_EQ(planned->unbuildable.size(), 1u);
  const auto& index = planned->unbuildable[0];
  EXPECT_EQ(index.name, "public.idx_message_events_user_contact_created");
  EXPECT_EQ(index.table, "public.message_events");
  EXPECT_NE(index.why.find("exceeds"), std::string::npos) << index.why;
  EXPECT_EQ(index.rows, std::vector<std::string>{"id " + id});
  expect_refused("id " + id);
  database.run("DELETE FROM message_events WHERE id = $1", {id});
  EXPECT_TRUE(plan_down(options)->unbuildable.empty());
  expect_given_back(before);
}

TEST_F(MigrationDown, LeavesAnIndexOffOnRequestAndTellsHowToBuildItLater) {
  database.run_as(Login::owner, found_events);
  go_up();
  const std::string id = database.run(add_long_text).value();
  options.leave_off = {"nobody"};
  EXPECT_EQ(down(options).error().code, Errc::invalid_argument);
  options.leave_off = {"idx_message_events_user_contact_created"};
  options.to = "base";  // the record stays as long as SalesFlow does
  ASSERT_TRUE(down(options));
  const auto notes = verify(options)->notes;
  EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.find("left off by down; to build it: CREATE INDEX CONCURRENTLY idx_message_events_user_contact") !=
           std::string::npos;
  }));
  options.leave_off.clear();
  options.to = "none";
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(database
                .run("SELECT string_agg(indexrelid::regclass::text, ',' ORDER BY 1) FROM pg_index WHERE indrelid = "
                     "'message_events'::regclass")
                .value(),
            "message_events_pkey,user_status");
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 51);
}

TEST_F(MigrationDown, LeavesOffAllThatRowsRefuseAndNoMore) {
  database.run_as(Login::owner, found_events);
  go_up();
  database.run(add_long_text);
  options.leave_off_unbuildable = true;
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
  ASSERT_EQ(gone->left_off.size(), 1u);
  EXPECT_EQ(gone->left_off[0].name, "public.idx_message_events_user_contact_created");
  EXPECT_EQ(gone->left_off[0].ddl.find("CREATE INDEX CONCURRENTLY"), 0u);
  EXPECT_EQ(database.run("SELECT to_regclass('user_status') IS NOT NULL").value(), "t");
}

TEST_F(MigrationDown, NamesEqualRowsThatAFoundUniqueIndexRefuses) {
  database.run_as(Login::owner, found_events);
  database.run_as(Login::owner,
                  "DROP INDEX idx_message_events_user_contact_created; CREATE UNIQUE INDEX "
                  "idx_message_events_user_contact_created ON message_events (user_id, lower(channel)) WHERE direction "
                  "= 'inbound'");
  const std::string before = dump();
  go_up();
  database.run(
      "INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT user_id, 'EMAIL', 'outbound', "
      "'y' FROM message_events");
  EXPECT_TRUE(plan_down(options)->unbuildable.empty()) << "its predicate leaves these out";
  const std::string id = database
                             .run(
                                 "INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT "
                                 "user_id, 'EMAIL', 'inbound', 'y' FROM message_events LIMIT 1 RETURNING id")
                             .value();
  const auto planned = plan_down(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  ASSERT_EQ(planned->unbuildable.size(), 1u);
  EXPECT_EQ(planned->unbuildable[0].count, 2);
  expect_refused(id);
  database.run("DELETE FROM message_events WHERE id = $1", {id});
  expect_given_back(before);
}

TEST_F(MigrationDown, NamesTheRowThatAFoundIndexCannotCompute) {
  database.run_as(Login::owner, found_events);
  // An index build computes what is dead but not yet vacuumed, too.
  database.run_as(Login::owner, "UPDATE message_events SET normalized_text = '7'");
  database.run_as(Login::owner, "VACUUM message_events");
  database.run_as(
      Login::owner,
      "DROP INDEX idx_message_events_user_contact_created; "
      "CREATE INDEX idx_message_events_user_contact_created ON message_events ((normalized_text::integer))");
  const std::string before = dump();
  go_up();
  const std::string id = database
                             .run(
                                 "INSERT INTO message_events (user_id, channel, direction, normalized_text) VALUES "
                                 "(gen_random_uuid(), 'email', 'inbound', 'seven') RETURNING id")
                             .value();
  expect_refused("id " + id);
  database.run("DELETE FROM message_events WHERE id = $1", {id});
  expect_given_back(before);
}

// A row that comes between the look and the build.
TEST_F(MigrationDown, ABuildThatFailsAllTheSameLeavesNothingHalfDoneAndCanBeRepeated) {
  database.run_as(Login::owner, found_events);
  const std::string before = dump();
  go_up();
  std::string id;
  options.progress = [&](const Progress& progress) {
    if (id.empty() && progress.text.find("builds the found index public.idx_message_events_user_contact") == 0) {
      id = database.run(add_long_text).value();
    }
  };
  const auto failed = down(options);
  ASSERT_TRUE(failed.has_error());
  EXPECT_EQ(failed.error().code, Errc::conflict);
  EXPECT_NE(failed.error().public_detail.find("--leave-off public.idx_message_events_user_contact_created"),
            std::string::npos)
      << failed.error().public_detail;
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_index WHERE NOT indisvalid").integer(), 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM salesflow.schema_migrations").integer(),
            static_cast<std::int64_t>(embedded_migrations()->size()));
  EXPECT_NE(database.run("SELECT pg_get_indexdef('idx_message_events_user_contact_created'::regclass)")
                .value()
                .find("contact_id"),
            std::string::npos)
      << "ours still answers";
  database.run("DELETE FROM message_events WHERE id = $1", {id});
  options.progress = {};
  expect_given_back(before);
}

TEST_F(MigrationDown, AnUpAfterAnUnfinishedDownLeavesNoSecondIndex) {
  database.run_as(Login::owner, found_events);
  go_up();
  const std::string full = dump();
  auto locked = test::SqlSession::connect(database.url(Login::owner)).value();
  options.lock_timeout = std::chrono::milliseconds(100);
  options.lock_budget = std::chrono::milliseconds(300);
  options.progress = [&](const Progress& progress) {
    if (progress.kind == Progress::Kind::started && progress.index == 1) {  // found indexes stand again
      locked.run("BEGIN").value();
      locked.run("LOCK TABLE salesflow.schema_migrations IN SHARE MODE").value();
    }
  };
  EXPECT_EQ(down(options).error().code, Errc::unavailable);
  locked.run("ROLLBACK").value();
  options.progress = {};
  go_up();
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_class WHERE relname LIKE 'sf\\_old%'").integer(), 0);
  EXPECT_EQ(dump(), full);
}

TEST_F(MigrationDown, NamesWhatOthersBuiltOnOursBeforeItChangesAnything) {
  database.run_as(Login::owner, found_events);
  const std::string before = dump();
  go_up();
  database.run("CREATE VIEW theirs AS SELECT id, org_id FROM message_events");
  database.run("CREATE TABLE theirs_too (user_id uuid REFERENCES users (id))");
  const auto planned = plan_down(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  ASSERT_EQ(planned->dependents.size(), 2u) << (planned->dependents.empty() ? "" : planned->dependents[0]);
  EXPECT_NE(planned->dependents[1].find("view theirs depends on column org_id of table message_events"),
            std::string::npos)
      << planned->dependents[1];
  expect_refused("view theirs");
  database.run("DROP VIEW theirs; DROP TABLE theirs_too");
  expect_given_back(before);
}

TEST_F(MigrationDown, GoesOnWhereOthersHaveDroppedSomethingMeanwhile) {
  database.run_as(Login::owner, found_events);
  database.run_as(Login::owner,
                  "CREATE TABLE leads (id uuid PRIMARY KEY, user_id uuid, name text); CREATE INDEX "
                  "idx_leads_next_followup ON leads (name)");
  go_up();
  database.run(
      "ALTER TABLE message_events DROP COLUMN raw_payload; DROP POLICY salesflow_app_wall ON message_events; "
      "DROP INDEX idx_message_events_user_channel_status; DROP TRIGGER salesflow_fill_org ON message_events; DROP "
      "TABLE leads CASCADE");
  const auto planned = plan_down(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(database.run("SELECT to_regnamespace('salesflow') IS NULL").value(), "t");
  EXPECT_EQ(gone->left_off.size(), 1u) << "an index of a table that is gone";
}

/// The columns that backfills fill are there already, NULL; an old trigger keeps updated_at.
constexpr const char* found_columns = R"(
  CREATE TABLE contacts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, org_id uuid, name text, updated_at timestamptz DEFAULT '2025-01-01Z');
  CREATE TABLE leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text);
  CREATE TABLE lead_verifications (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid REFERENCES leads, user_id uuid);
  CREATE TABLE lead_intents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid REFERENCES leads, user_id uuid);
  CREATE TABLE lead_enrichments (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid REFERENCES leads, user_id uuid);
  CREATE TABLE message_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, org_id uuid, channel text, direction text,
    normalized_text text, autopilot_status text DEFAULT 'pending', created_at timestamptz DEFAULT now());
  CREATE TABLE rlhf_feedback_sessions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, org_id uuid, created_at timestamptz DEFAULT now());
  CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
  CREATE TRIGGER set_updated_at BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION set_updated_at();
  INSERT INTO leads (user_id, name) SELECT '00000000-0000-7000-8000-000000000001', 'x' FROM generate_series(1, 30);
  INSERT INTO contacts (user_id, name) SELECT user_id, name FROM leads;
  INSERT INTO lead_verifications (lead_id) SELECT id FROM leads;
  INSERT INTO lead_intents (lead_id) SELECT id FROM leads;
  INSERT INTO lead_enrichments (lead_id) SELECT id FROM leads;
  INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT user_id, 'email', 'inbound', 'x' FROM leads;
  INSERT INTO rlhf_feedback_sessions (user_id) SELECT user_id FROM leads)";

constexpr const char* found_rows = R"(
  SELECT md5(string_agg(t, ',' ORDER BY t)) FROM (SELECT (id, user_id, org_id, name, updated_at)::text AS t FROM contacts
    UNION ALL SELECT (id, user_id)::text FROM lead_verifications UNION ALL SELECT (id, user_id)::text FROM lead_intents
    UNION ALL SELECT (id, user_id)::text FROM lead_enrichments UNION ALL SELECT (id, org_id)::text FROM message_events
    UNION ALL SELECT (id, org_id)::text FROM rlhf_feedback_sessions) AS s)";

struct MigrationDownFilled : MigrationDown {
  /// The first user has one organisation of two; the backfills run.
  void fill() {
    database.run(
        "INSERT INTO organizations (id, name) SELECT ('00000000-0000-7000-a000-00000000000' || i)::uuid, 'O' FROM "
        "generate_series(1, 2) AS i");
    database.run(
        "INSERT INTO users (id, email, password_hash, name) VALUES ('00000000-0000-7000-8000-000000000001', "
        "'a@example.com', '!', 'A')");
    database.run(
        "INSERT INTO org_members (org_id, user_id) VALUES ('00000000-0000-7000-a000-000000000001', "
        "'00000000-0000-7000-8000-000000000001')");
    options.to = {};
    const auto filled = backfill(options);
    ASSERT_TRUE(filled) << filled.error().public_detail;
    options.to = "none";
  }
};

// Issue 9, 4: what a backfill filled in found columns is taken back.
TEST_F(MigrationDownFilled, SetsBackWhatBackfillsFilledInFoundColumns) {
  database.run_as(Login::owner, found_columns);
  const std::string before = database.run(found_rows).value(), schema = dump();
  options.run_backfills = false;
  options.backfill_limits.batch_rows = 7;
  go_up();
  fill();
  for (const char* table :
       {"contacts WHERE org_id", "message_events WHERE org_id", "rlhf_feedback_sessions WHERE org_id",
        "lead_verifications WHERE user_id", "lead_intents WHERE user_id", "lead_enrichments WHERE user_id"}) {
    EXPECT_EQ(database.run("SELECT count(*) FROM " + std::string(table) + " IS NULL").integer(), 0) << table;
  }
  // Deals point at (org_id, id) of a contact; values that someone has changed since are theirs.
  database.run("INSERT INTO deals (org_id, contact_id, title, value) SELECT org_id, id, 'x', 1 FROM contacts");
  const auto planned = plan_down(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_EQ(planned->set_back.size(), 6u);
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(database.run(found_rows).value(), before);
  EXPECT_EQ(dump(), schema);
}

TEST_F(MigrationDownFilled, LeavesAValueThatOthersHaveChangedSince) {
  database.run_as(Login::owner, found_columns);
  options.run_backfills = false;
  go_up();
  fill();
  database.run(
      "UPDATE rlhf_feedback_sessions SET org_id = '00000000-0000-7000-a000-000000000002' WHERE id IN (SELECT id FROM "
      "rlhf_feedback_sessions LIMIT 3)");
  ASSERT_TRUE(down(options));
  EXPECT_EQ(database.run("SELECT count(*) FROM rlhf_feedback_sessions WHERE org_id IS NOT NULL").integer(), 3);
}

// Issue 9, 6: "sf_new_… does not exist" is nothing to tell.
TEST_F(MigrationDown, TellsNothingOfWhatIsNotThere) {
  database.run_as(Login::owner, found_events);
  go_up();
  ASSERT_TRUE(down(options));
  ASSERT_FALSE(told.empty());
  for (const auto& text : told) {
    EXPECT_EQ(text.find("does not exist"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace salesflow::migrations
