// What is found and would stop up, its backfills or down: named by plan before anything is changed, or it works.
#include <gtest/gtest.h>

#include <algorithm>

#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/schema_dump.hpp"

namespace salesflow::migrations {
namespace {

using test::FoundDatabase;
using test::FoundOwner;
using test::History;

class Stops : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<test::FoundServer>("stops"); }
  static void TearDownTestSuite() { server.reset(); }

  static Options options_for(const FoundDatabase& found) {
    Options options;
    options.database_url = found.owner_url();
    options.backfill_limits.duty = 1;
    return options;
  }
  static std::string stops_of(const FoundDatabase& found, bool try_statements = false) {
    Options options = options_for(found);
    if (try_statements) {
      options.statements = all_statements();
      options.statement_rows = all_statement_rows();
    }
    const auto planned = plan(options);
    if (!planned)
      return "plan failed: " + planned.error().public_detail;
    std::string text;
    for (const auto& stop : planned->stops)
      text += stop + "\n";
    for (const auto& stop : planned->stops)
      EXPECT_NE(std::find(planned->obstacles.begin(), planned->obstacles.end(), stop), planned->obstacles.end());
    return text;
  }
  static void expect_up(const FoundDatabase& found) {
    const auto done = up(options_for(found));
    EXPECT_TRUE(done) << (done ? "" : done.error().public_detail);
  }

  static inline std::unique_ptr<test::FoundServer> server;
};

/// What is found, what plan says of it, and how the operator mends it; "" where up cannot be tried afterwards.
struct FoundFault {
  const char *name, *found, *words, *mend;
};
const std::vector<FoundFault> faults{
    {"UncheckedConstraint", "ALTER TABLE deals ADD CONSTRAINT no_one CHECK (title <> 'Deal 1') NOT VALID",
     "rows of deals break its constraint no_one", "ALTER TABLE deals DROP CONSTRAINT no_one"},
    {"TriggerThatRefuses",
     "CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.title = 'Deal 3' THEN RAISE "
     "EXCEPTION "
     "'deals are frozen'; END IF; RETURN NEW; END $$; CREATE TRIGGER frozen BEFORE UPDATE ON deals FOR EACH ROW "
     "EXECUTE "
     "FUNCTION frozen()",
     "refused (\"deals are frozen\"); what can refuse it: trigger frozen of deals",
     "ALTER TABLE deals DISABLE TRIGGER frozen"},
    {"TriggerThatLeavesRowsOut",
     "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER quiet "
     "BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION quiet()",
     "trigger quiet of contacts leaves", "ALTER TABLE contacts DISABLE TRIGGER quiet"},
    {"PartitionedEvents",
     "ALTER TABLE message_events RENAME TO events_of_before; CREATE TABLE message_events (LIKE events_of_before "
     "INCLUDING DEFAULTS) PARTITION BY RANGE (created_at); CREATE TABLE message_events_all PARTITION OF message_events "
     "DEFAULT",
     "message_events is partitioned already", ""},
    {"IdsThatStandTwice",
     "DO $$ DECLARE v text; BEGIN FOR v IN SELECT conname FROM pg_constraint WHERE conrelid = 'tasks'::regclass AND "
     "contype = 'p' LOOP EXECUTE 'ALTER TABLE tasks DROP CONSTRAINT ' || quote_ident(v) || ' CASCADE'; END LOOP; END "
     "$$; "
     "INSERT INTO tasks SELECT * FROM tasks LIMIT 3",
     "tasks has no primary key over id, and 3 ids stand in several rows",
     "DELETE FROM tasks AS a USING tasks AS b WHERE a.id = b.id AND a.ctid > b.ctid"},
    {"LongStatus",
     "ALTER TABLE contacts DROP COLUMN IF EXISTS vertical CASCADE; ALTER TABLE contacts ADD COLUMN vertical text; "
     "UPDATE "
     "contacts SET vertical = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 200) AS i) WHERE id = "
     "(SELECT "
     "id FROM contacts LIMIT 1)",
     "1 rows of public.contacts hold more in vertical than an index can",
     "UPDATE contacts SET vertical = left(vertical, 100)"},
    {"FunctionUnderANameOfOurs",
     "CREATE FUNCTION public.salesflow_email_key(p_email text) RETURNS text LANGUAGE sql AS 'SELECT p_email'",
     "the function public.salesflow_email_key(text) has a name that SalesFlow needs",
     "ALTER FUNCTION salesflow_email_key(text) RENAME TO email_key_of_before"},
    {"MembersTwice",
     "CREATE TABLE org_members (org_id uuid, user_id uuid, role text, created_at timestamptz DEFAULT now()); INSERT "
     "INTO "
     "org_members SELECT o, u, 'member' FROM (SELECT gen_random_uuid() AS o, gen_random_uuid() AS u) AS m, "
     "generate_series(1, 2)",
     "org_members holds 1 memberships twice", "TRUNCATE org_members"},
    {"PublishedWithoutIdentity",
     "ALTER TABLE deals REPLICA IDENTITY NOTHING; CREATE PUBLICATION theirs FOR TABLE deals",
     "publication theirs takes in deals", "ALTER TABLE deals REPLICA IDENTITY DEFAULT"},
    {"ForeignSchemaOfOurName", "CREATE SCHEMA salesflow_app; CREATE TABLE salesflow_app.notes (id integer)",
     "a schema salesflow_app exists already", "ALTER SCHEMA salesflow_app RENAME TO theirs"},
    {"ForeignLedger", "CREATE SCHEMA salesflow; CREATE TABLE salesflow.schema_migrations (version text)",
     "a table salesflow.schema_migrations exists already that SalesFlow did not make",
     "ALTER SCHEMA salesflow RENAME TO theirs"},
};

class FoundFaults : public Stops, public testing::WithParamInterface<FoundFault> {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<test::FoundServer>("found_faults"); }
};

TEST_P(FoundFaults, AreNamedByPlanWithTheirMendAndUpPassesAfterIt) {
  const FoundFault& fault = GetParam();
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::superuser});
  EXPECT_EQ(stops_of(found), "");
  found.run(fault.found);
  const std::string schema = test::dump_schema(found.superuser_url());
  const auto hashes = found.hash_found();
  const std::string stops = stops_of(found);
  EXPECT_NE(stops.find(fault.words), std::string::npos) << stops;
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema);
  EXPECT_EQ(found.hash_found(), hashes) << "plan changed rows";
  if (*fault.mend == '\0')
    return;
  found.run(fault.mend);
  EXPECT_EQ(stops_of(found), "");
  expect_up(found);
}

INSTANTIATE_TEST_SUITE_P(Kinds, FoundFaults, testing::ValuesIn(faults), [](const auto& of) { return of.param.name; });

TEST_F(Stops, TypesThatKeysCannotHaveAreNamedWithTheirMend) {
  for (const auto& [found_sql, words] :
       {std::pair{
            "CREATE TYPE deal_stage AS ENUM ('new', 'won'); ALTER TABLE deals ALTER COLUMN stage DROP DEFAULT; ALTER "
            "TABLE deals ALTER COLUMN stage TYPE deal_stage USING NULL",
            "deals.stage is deal_stage, and SalesFlow needs text there: ALTER TABLE deals"},
        std::pair{"ALTER TABLE crm_notes ALTER COLUMN user_id TYPE text",
                  "crm_notes.user_id is text, and SalesFlow needs uuid there: ALTER TABLE crm_notes"}}) {
    FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::superuser});
    found.run(
        "DO $$ DECLARE v record; BEGIN FOR v IN SELECT schemaname, tablename, policyname FROM pg_policies WHERE "
        "tablename "
        "IN ('deals', 'crm_notes') LOOP EXECUTE format('DROP POLICY %I ON %I.%I', v.policyname, v.schemaname, "
        "v.tablename); END LOOP; END $$");
    found.run(found_sql);
    const std::string stops = stops_of(found, true);
    EXPECT_NE(stops.find(words), std::string::npos) << stops;
  }
}

TEST_F(Stops, AFailedCheckDoesNotPrintTheRow) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::superuser});
  found.run(
      "ALTER TABLE deals ADD CONSTRAINT positive CHECK (value < 0) NOT VALID; UPDATE deals SET value = -1, notes = "
      "'my secret'; ALTER TABLE deals DROP CONSTRAINT positive; ALTER TABLE deals ADD CONSTRAINT positive CHECK "
      "(value > 0) NOT VALID");
  const auto refused = up(options_for(found));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().public_detail.find("positive"), std::string::npos) << refused.error().public_detail;
  EXPECT_EQ(refused.error().public_detail.find("my secret"), std::string::npos) << refused.error().public_detail;
}

TEST_F(Stops, QuotedIdentifiersStopNeitherUpNorDown) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::restricted});
  found.run(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()); END $$");
  const std::string schema = test::dump_schema(found.superuser_url());
  EXPECT_EQ(stops_of(found), "");
  expect_up(found);
  Options options = options_for(found);
  options.to = "none";
  const auto gone = down(options);
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema);
}

TEST_F(Stops, APublicationOfAllTablesTakesOursInAndRefusesNoWrite) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::superuser});
  found.run("CREATE PUBLICATION everything FOR ALL TABLES");
  EXPECT_EQ(stops_of(found), "");
  expect_up(found);
  EXPECT_EQ(
      found
          .run("SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND "
               "(c.relnamespace = 'salesflow'::regnamespace OR salesflow.made('table', format('%s.%s', "
               "c.relnamespace::regnamespace, c.relname))) AND c.relreplident <> 'f' AND NOT EXISTS (SELECT FROM "
               "pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)")
          .value(),
      "")
      << "tables of ours whose rows nothing identifies";
  EXPECT_NO_THROW(found.run("SELECT salesflow.fold_rollups(1000)"));
  EXPECT_NO_THROW(found.run("DELETE FROM deals; TRUNCATE deals CASCADE"));
  EXPECT_NO_THROW(found.run("TRUNCATE leads CASCADE"));
}

TEST_F(Stops, AnEventTriggerThatForbidsDropsIsNamedBeforeDownBegins) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::superuser});
  expect_up(found);
  found.run(
      "CREATE FUNCTION public.no_drops() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'nothing "
      "is "
      "dropped here'; END $$; CREATE EVENT TRIGGER no_drops ON sql_drop EXECUTE FUNCTION public.no_drops()");
  const std::string schema = test::dump_schema(found.superuser_url());
  Options options = options_for(found);
  options.to = "none";
  const auto planned = plan_down(options);
  ASSERT_TRUE(planned) << planned.error().public_detail;
  EXPECT_TRUE(planned->refuses());
  const auto refused = down(options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().public_detail.find("event trigger: no_drops"), std::string::npos)
      << refused.error().public_detail;
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema) << "something was changed";
  found.run("ALTER EVENT TRIGGER no_drops DISABLE");
  const auto gone = down(options);
  EXPECT_TRUE(gone) << (gone ? "" : gone.error().public_detail);
}

}  // namespace
}  // namespace salesflow::migrations
