// convert and revert on a filled table with everything on it, as a non-superuser owner: nothing lost, nothing left.
#include <gtest/gtest.h>

#include "tests/support/filled_events.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::partitions {
namespace {

using migrations::Progress;
using test::SqlSession;

TEST(PartitionConvert, KeepsAllThatHangsOnTheTableAndRevertGivesItBackExactly) {
  Filled filled(100'000);
  auto& database = filled.database;
  test::adorn_events(database);
  const std::string before = test::dump_schema(database), rows = filled.fingerprint();
  database.run_as(Login::owner, "REFRESH MATERIALIZED VIEW own_totals; REFRESH MATERIALIZED VIEW own_totals_above");
  const std::string totals = database.run("SELECT sum(n) FROM own_totals_above").value();

  const auto converted = convert(filled.options());
  ASSERT_TRUE(converted) << converted.error().public_detail;
  EXPECT_FALSE(converted->already);
  EXPECT_LT(converted->locked_ms, 500);
  EXPECT_EQ(converted->status.state, "converted");
  EXPECT_TRUE(converted->status.alarms.empty()) << converted->status.alarms.front();
  EXPECT_TRUE(converted->status.pending.empty()) << converted->status.pending.front();
  EXPECT_EQ(filled.fingerprint(), rows);
  EXPECT_EQ(
      filled.number(
          "SELECT count(*) FROM pg_class WHERE oid = 'message_events'::regclass AND relkind = 'p' AND relrowsecurity"),
      1);
  EXPECT_GE(filled.number("SELECT count(*) FROM pg_inherits WHERE inhparent = 'message_events'::regclass"), 3);
  EXPECT_EQ(filled.number("SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = "
                          "'message_events'::regclass AND NOT relrowsecurity"),
            0);
  EXPECT_EQ(filled.number("SELECT count(*) FROM pg_class, aclexplode(relacl) AS a WHERE relnamespace = "
                          "'salesflow_partitions'::regnamespace AND a.grantee <> relowner"),
            0);
  EXPECT_EQ(database.run("SELECT sum(n) FROM own_totals_above").value(), totals);
  EXPECT_EQ(filled.number("SELECT count(*) FROM pg_class WHERE relname ~ '^sf_(old|new)_'"), 0);
  EXPECT_EQ(database.run("SELECT pubviaroot FROM pg_publication WHERE pubname = 'own_publication'").value(), "t");
  EXPECT_EQ(filled.number("SELECT count(*) FROM pg_partition_tree('message_events') JOIN pg_class ON oid = relid WHERE "
                          "isleaf AND NOT reloptions @> '{fillfactor=85}'"),
            0);
  const auto again = convert(filled.options());
  ASSERT_TRUE(again) << again.error().public_detail;
  EXPECT_TRUE(again->already);

  const auto reverted = revert(filled.options());
  ASSERT_TRUE(reverted) << reverted.error().public_detail;
  EXPECT_EQ(reverted->moved_rows, 0);
  EXPECT_EQ(reverted->status.state, "plain");
  EXPECT_EQ(filled.fingerprint(), rows);
  EXPECT_EQ(test::dump_schema(database), before);
  EXPECT_TRUE(revert(filled.options())->already);
}

TEST(PartitionConvert, VerifyKnowsThePartitionedTableAndThePlainOneAfterIt) {
  Filled filled(1'000);
  const auto differences = [&] {
    migrations::Options options;
    options.database_url = filled.database.url(Login::owner);
    const auto report = migrations::verify(options);
    return report ? report->differences.size() : 999;
  };
  ASSERT_EQ(differences(), 0u);
  ASSERT_TRUE(convert(filled.options()));
  EXPECT_EQ(differences(), 0u);
  ASSERT_TRUE(revert(filled.options()));
  EXPECT_EQ(differences(), 0u);
}

TEST(PartitionConvert, TriggersPoliciesAndViewsWorkOnThePartitionedTable) {
  Filled filled(2'000);
  auto& database = filled.database;
  test::adorn_events(database);
  ASSERT_TRUE(convert(filled.options()));
  const auto other = database.create_account("otto@example.com");
  const auto insert = [&](const TestDatabase::Account& who, const char* created_at) {
    return database
        .run_as_tenant(who.user_id, who.org_id,
                       "INSERT INTO message_events (user_id, org_id, channel, direction, normalized_text, created_at) "
                       "VALUES ($1, $2, 'email', 'inbound', 'x', "
                       "$3::timestamptz) RETURNING id",
                       {who.user_id.to_string(), who.org_id.to_string(), created_at})
        .value();
  };
  database.run("DELETE FROM outbox");
  const std::string now = database.run("SELECT now()").value(),
                    later = database.run("SELECT date_trunc('month', now()) + interval '75 days'").value();
  for (const auto& instant : {now, later}) {
    const std::string id = insert(filled.account, instant.c_str());
    EXPECT_EQ(filled.number("SELECT count(*) FROM own_log WHERE what = 'INSERT' AND event_id = '" + id + "'"), 1);
    const auto changed = database.run_as_tenant(
        filled.account.user_id, filled.account.org_id,
        "UPDATE message_events SET channel = 'whatsapp' WHERE id = $1 RETURNING row_version, shout", {id});
    EXPECT_EQ(changed.value(), "2");
    EXPECT_EQ(changed.value(0, 1), "WHATSAPP");
    const auto foreign =
        database.run_as_tenant(other.user_id, other.org_id, "SELECT id FROM message_events WHERE id = $1", {id});
    EXPECT_TRUE(foreign.empty());
  }
  EXPECT_EQ(filled.number("SELECT count(*) FROM outbox"), 4);
  EXPECT_TRUE(database.run_as_tenant(other.user_id, other.org_id, "SELECT id FROM own_view").empty());
  EXPECT_EQ(filled.number("SELECT own_count()"), 2'002);
  EXPECT_ANY_THROW(database.run_as(Login::app, "SELECT FROM salesflow_partitions.message_events_legacy"));
  EXPECT_ANY_THROW(insert(filled.account, "2199-01-01"));
  EXPECT_ANY_THROW(database.run_as_tenant(filled.account.user_id, filled.account.org_id,
                                          "INSERT INTO message_events (user_id, org_id, channel, direction, "
                                          "normalized_text) VALUES ($1, $1, 'email', 'inbound', 'x')",
                                          {filled.account.user_id.to_string()}));
}

TEST(PartitionConvert, RefusesWhatPartitionsCannotHaveAndChangesNothing) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"CREATE UNIQUE INDEX own_unique ON message_events (user_id, text)", "own_unique"},
      {"CREATE TABLE own_child (event_id uuid REFERENCES message_events (id))", "own_child_event_id_fkey"},
      {"ALTER TABLE message_events ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY", "identity column"},
      {"CREATE FUNCTION own_rows() RETURNS SETOF message_events LANGUAGE sql AS 'SELECT * FROM public.message_events'",
       "own_rows"},
      {"CREATE RULE own_rule AS ON DELETE TO message_events DO ALSO NOTHING", "own_rule"},
      {"ALTER TABLE message_events ADD CONSTRAINT own_key FOREIGN KEY (org_id) REFERENCES organizations (id) NOT VALID",
       "VALIDATE CONSTRAINT own_key"},
      {"ALTER TABLE message_events ADD CONSTRAINT own_check CHECK (true) NO INHERIT", "own_check"},
      {"INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) VALUES "
       "(gen_random_uuid(), 'email', 'inbound', 'x', now() + interval '1 year')",
       "1 rows have a created_at"},
      {"ALTER TABLE message_events REPLICA IDENTITY DEFAULT; ALTER TABLE message_events ALTER created_at DROP NOT "
       "NULL; INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) VALUES "
       "(gen_random_uuid(), 'email', 'inbound', 'x', NULL)",
       "no created_at"},
      {"ALTER TABLE message_events REPLICA IDENTITY DEFAULT; CREATE PUBLICATION own_publication FOR TABLE "
       "message_events (id, user_id)",
       "without created_at"},
      {"ALTER TABLE message_events REPLICA IDENTITY USING INDEX message_events_pkey", "index of the primary key"},
  };
  for (const auto& [sql, part] : cases) {
    SCOPED_TRACE(sql);
    Filled filled(10);
    filled.database.run_as(Login::owner, sql);
    const std::string before = test::dump_schema(filled.database);
    const auto refused = convert(filled.options());
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().public_detail.find(part), std::string::npos) << refused.error().public_detail;
    EXPECT_EQ(test::dump_schema(filled.database), before);
  }
  Filled filled(10);
  auto options = filled.options();
  options.table = "leads";
  EXPECT_EQ(convert(options).error().code, Errc::invalid_argument);
  options = filled.options();
  options.boundary = "2020-01";
  EXPECT_EQ(convert(options).error().code, Errc::invalid_argument);
}

TEST(PartitionConvert, RefusesToCommitWhenSomethingIsMissingAndNamesIt) {
  Filled filled(100);
  auto& database = filled.database;
  // Somebody takes a trigger away as soon as it stands on the new table.
  database.run(R"sql(
CREATE FUNCTION public.thief() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_trigger JOIN pg_class AS c ON c.oid = tgrelid WHERE tgname = 'salesflow_outbox_delete' AND c.relkind = 'p') THEN
    DROP TRIGGER salesflow_outbox_delete ON public.message_events;
  END IF;
END $$;
CREATE EVENT TRIGGER thief ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION public.thief())sql");
  const std::string rows = filled.fingerprint();
  const auto refused = convert(filled.options());
  ASSERT_TRUE(refused.has_error());
  EXPECT_NE(refused.error().public_detail.find("trigger salesflow_outbox_delete is missing"), std::string::npos)
      << refused.error().public_detail;
  EXPECT_EQ(database.run("SELECT relkind FROM pg_class WHERE oid = 'message_events'::regclass").value(), "r");
  EXPECT_EQ(filled.fingerprint(), rows);
  database.run("DROP EVENT TRIGGER thief; DROP FUNCTION public.thief()");
  EXPECT_TRUE(convert(filled.options()));
}

TEST(PartitionConvert, ANullableCreatedAtIsNullableAgainAfterTheRevert) {
  Filled filled(1'000);
  filled.database.run_as(Login::owner,
                         "ALTER TABLE message_events REPLICA IDENTITY FULL; ALTER TABLE message_events ALTER "
                         "created_at DROP NOT NULL");
  const std::string before = test::dump_schema(filled.database);
  const auto converted = convert(filled.options());
  ASSERT_TRUE(converted) << converted.error().public_detail;
  const auto reverted = revert(filled.options());
  ASSERT_TRUE(reverted) << reverted.error().public_detail;
  EXPECT_EQ(test::dump_schema(filled.database), before);
}

TEST(PartitionRevert, MovesRowsOfLaterMonthsBackOnceAndWithoutTheirTriggers) {
  Filled filled(5'000);
  auto& database = filled.database;
  test::adorn_events(database);
  const std::string before = test::dump_schema(database);
  ASSERT_TRUE(convert(filled.options()));
  database.run_as(Login::owner, insert_later, {filled.account.user_id.to_string(), "20000"});
  database.run("DELETE FROM own_log; DELETE FROM outbox");
  const std::string rows = filled.fingerprint();
  const auto reverted = revert(filled.options());
  ASSERT_TRUE(reverted) << reverted.error().public_detail;
  EXPECT_EQ(reverted->moved_rows, 20'000);
  EXPECT_EQ(filled.fingerprint(), rows);
  EXPECT_EQ(test::dump_schema(database), before);
  EXPECT_EQ(filled.number("SELECT count(*) FROM own_log"), 0);
  EXPECT_EQ(filled.number("SELECT count(*) FROM outbox"), 0);
}

TEST(PartitionRevert, RefusesAnIdThatExistsTwice) {
  Filled filled(10);
  ASSERT_TRUE(convert(filled.options()));
  filled.database.run_as(
      Login::owner,
      "INSERT INTO message_events (id, user_id, channel, direction, normalized_text, created_at) SELECT id, user_id, "
      "channel, direction, "
      "normalized_text, date_trunc('month', now()) + interval '75 days' FROM message_events LIMIT 1");
  const auto refused = revert(filled.options());
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(status(filled.options())->state, "converted");
}

TEST(PartitionConvert, MigrateDownRefusesUntilItIsReverted) {
  Filled filled(10);
  ASSERT_TRUE(convert(filled.options()));
  migrations::Options down;
  down.database_url = filled.options().database_url;
  down.to = "none";
  const auto refused = migrations::down(down);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().public_detail.find("salesflow partition revert message_events"), std::string::npos);
  ASSERT_TRUE(revert(filled.options()));
  EXPECT_TRUE(migrations::down(down));
}

TEST(PartitionConvert, LaterMigrationsBuildTheirIndexesPartitionByPartition) {
  TestDatabase database(test::Schema::empty);
  migrations::Options schema;
  schema.database_url = database.url(Login::owner);
  schema.to = "base";
  ASSERT_TRUE(migrations::up(schema));
  const std::string base = test::dump_schema(database);
  Options options = options_for(database);
  ASSERT_TRUE(convert(options));
  schema.to.clear();
  const auto up = migrations::up(schema);
  ASSERT_TRUE(up) << up.error().public_detail;
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_index WHERE NOT indisvalid").integer(), 0);
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = indexrelid WHERE indrelid = "
                     "'message_events'::regclass AND relname LIKE 'idx_%'")
                .integer(),
            5);
  ASSERT_TRUE(revert(options));
  TestDatabase fresh(test::Schema::empty);
  schema.database_url = fresh.url(Login::owner);
  ASSERT_TRUE(migrations::up(schema));
  EXPECT_EQ(test::dump_schema(database), test::dump_schema(fresh));
  schema.database_url = database.url(Login::owner);
  schema.to = "base";
  ASSERT_TRUE(migrations::down(schema));
  EXPECT_EQ(test::dump_schema(database), base);
}

TEST(PartitionConvert, WaitsForAForeignTransactionInShortAttemptsAndSaysWhoseItIs) {
  Filled filled(1'000);
  auto& database = filled.database;
  auto reader = SqlSession::connect(database.url(Login::owner)).value();
  const std::string pid = reader.run("SELECT pg_backend_pid()").value().value();
  auto options = filled.options();
  options.lock_budget = std::chrono::seconds(4);
  int waits = 0;
  options.progress = [&](const Progress& progress) {
    // From the swap on an open reader stands in the way; before, it would hold up the index build.
    if (progress.kind == Progress::Kind::started && progress.migration == "swap") {
      reader.run("BEGIN").value();
      reader.run("SELECT count(*) FROM message_events").value();
    }
    waits += progress.kind == Progress::Kind::waiting ? 1 : 0;
  };
  const auto refused = convert(options);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().public_detail.find("pid " + pid), std::string::npos) << refused.error().public_detail;
  EXPECT_GE(waits, 1);
  EXPECT_EQ(status(filled.options())->state, "preparing");
  reader.run("ROLLBACK").value();
  EXPECT_TRUE(convert(filled.options()));
}

}  // namespace
}  // namespace salesflow::partitions
