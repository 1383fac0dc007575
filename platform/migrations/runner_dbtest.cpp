#include "platform/migrations/runner.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "platform/cluster/child_process.hpp"
#include "platform/cluster/postgres.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::SqlSession;
using test::TestDatabase;
using test::wait_until;

Options options_for(const std::string& url, std::string to = {}) {
  Options options;
  options.database_url = url;
  options.to = std::move(to);
  return options;
}
Options options_for(const TestDatabase& database, std::string to = {}) {
  return options_for(database.url(Login::owner), std::move(to));
}

TEST(MigrationRunner, UpThenDownLeavesNothingBehindAndUpAgainMakesTheSame) {
  TestDatabase database(Schema::empty);
  const std::string empty = test::dump_schema(database);
  const auto first = up(options_for(database));
  ASSERT_TRUE(first) << first.error().public_detail;
  EXPECT_EQ(first->applied.size(), embedded_migrations()->size());
  const std::string full = test::dump_schema(database);
  const auto gone = down(options_for(database, "none"));
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_TRUE(gone->ledger_removed);
  EXPECT_EQ(test::dump_schema(database), empty);
  ASSERT_TRUE(up(options_for(database)));
  EXPECT_EQ(test::dump_schema(database), full);
  const auto again = up(options_for(database));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->applied.empty());
  EXPECT_EQ(again->already, static_cast<int>(first->applied.size()));
}

// A runner may die behind any statement of a file outside of a transaction; the next one begins the file again.
TEST(MigrationRunner, AFileOutsideOfATransactionCanBeginAgain) {
  TestDatabase database(Schema::empty), spared(Schema::empty);
  auto options = options_for(database);
  options.migrations = embedded_migrations().value();
  int twice = 0;
  for (auto& migration : options.migrations) {
    if (migration.transactional)
      continue;
    migration.up_sql += ";\n" + std::string(migration.up_sql);
    ++twice;
  }
  EXPECT_GE(twice, 40);
  const auto done = up(options);
  ASSERT_TRUE(done) << done.error().public_detail;
  ASSERT_TRUE(up(options_for(spared)));
  EXPECT_EQ(test::dump_schema(database), test::dump_schema(spared));
  ASSERT_TRUE(down(options_for(database, "none")));
}

TEST(MigrationRunner, GoesUpAndDownPhaseByPhase) {
  TestDatabase database(Schema::empty);
  ASSERT_TRUE(up(options_for(database, "base")));
  const std::string base = test::dump_schema(database);
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_class WHERE relname LIKE 'idx_message_events%'").integer(), 0);
  ASSERT_TRUE(up(options_for(database, "phase1")));
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_class WHERE relname LIKE 'idx_message_events%'").integer(), 5);
  ASSERT_TRUE(down(options_for(database, "base")));
  EXPECT_EQ(test::dump_schema(database), base);
  EXPECT_EQ(up(options_for(database, "phase9")).error().code, Errc::invalid_argument);
  EXPECT_EQ(down(options_for(database)).error().code, Errc::invalid_argument);
}

TEST(MigrationRunner, RefusesAnEditedFileAndChangesNothing) {
  TestDatabase database(Schema::empty);
  auto options = options_for(database, "0008");
  ASSERT_TRUE(up(options));
  options.migrations = embedded_migrations().value();
  options.migrations[4].checksum[0] ^= 1;
  options.to.clear();
  const auto refused = up(options);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().public_detail.find(options.migrations[4].name + " was edited"), std::string::npos);
  EXPECT_EQ(database.run("SELECT max(version) FROM salesflow.schema_migrations").value(), "8");
  EXPECT_EQ(status(options)->entries[4].state, "edited");
}

TEST(MigrationRunner, RefusesADownWithoutItsFileBeforeItChangesAnything) {
  TestDatabase database(Schema::empty);
  auto options = options_for(database, "0008");
  ASSERT_TRUE(up(options));
  options.migrations = embedded_migrations().value();
  options.migrations[3].down_sql.reset();
  options.to = "none";
  EXPECT_EQ(down(options).error().code, Errc::conflict);
  EXPECT_EQ(database.run("SELECT count(*) FROM salesflow.schema_migrations").value(), "8");
}

TEST(MigrationRunner, AFailingFileLeavesNoTraceAndNamesItsLine) {
  TestDatabase database(Schema::empty);
  auto options = options_for(database);
  options.migrations = embedded_migrations().value();
  options.migrations.resize(8);
  options.migrations[7].up_sql = "CREATE TABLE public.half (a integer);\nSELECT 1 / 0;";
  const auto failed = up(options);
  ASSERT_TRUE(failed.has_error());
  EXPECT_NE(failed.error().public_detail.find(".up.sql line 2: division by zero"), std::string::npos)
      << failed.error().public_detail;
  EXPECT_EQ(database.run("SELECT to_regclass('public.half') IS NULL").value(), "t");
  EXPECT_EQ(database.run("SELECT max(version) FROM salesflow.schema_migrations").value(), "7");
}

TEST(MigrationRunner, OfTwoRunnersOneWaitsAndBothSucceed) {
  TestDatabase database(Schema::empty);
  std::atomic<int> applied = 0, failed = 0;
  auto run = [&] {
    const auto report = up(options_for(database));
    report ? applied += static_cast<int>(report->applied.size()) : failed += 1;
  };
  std::thread first(run), second(run);
  first.join();
  second.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(applied, static_cast<int>(embedded_migrations()->size()));
}

// Not a test of its own: the runner that the next one kills.
TEST(MigrationRunnerVictim, DISABLED_RunsUntilItIsKilled) {
  (void)up(options_for(std::getenv("SALESFLOW_TEST_MIGRATE_URL")));
}

TEST(MigrationRunner, IsMendedByTheNextRunAfterAKillInTheMiddleOfAConcurrentBuild) {
  TestDatabase database(Schema::empty);
  ASSERT_TRUE(up(options_for(database, "base")));
  const auto account = database.create_account("a@example.com");
  // An open writer keeps the build waiting, its index already in the catalogue and invalid.
  auto writer = SqlSession::connect(database.url(Login::superuser)).value();
  writer.run("BEGIN").value();
  writer
      .run(
          "INSERT INTO message_events (user_id, channel, direction, normalized_text) VALUES ($1, 'email', 'inbound', "
          "'x')",
          {account.user_id.to_string()})
      .value();
  cluster::SpawnOptions options;
  options.arguments = {std::filesystem::read_symlink("/proc/self/exe"), "--gtest_filter=MigrationRunnerVictim.*",
                       "--gtest_also_run_disabled_tests"};
  options.environment = {"SALESFLOW_TEST_MIGRATE_URL=" + database.url(Login::owner), "ASAN_OPTIONS=detect_leaks=0"};
  options.log_file = std::filesystem::temp_directory_path() / ("salesflow-victim-" + std::to_string(getpid()) + ".log");
  options.directory = "/tmp";
  auto victim = cluster::ChildProcess::spawn(options).value();
  auto invalid = [&] { return database.run("SELECT count(*) FROM pg_index WHERE NOT indisvalid").integer(); };
  ASSERT_TRUE(wait_until([&] { return invalid() == 1; })) << cluster::log_tail(options.log_file);
  victim.signal(SIGKILL);
  ASSERT_TRUE(victim.wait(std::chrono::seconds(10)));
  EXPECT_EQ(invalid(), 1);
  EXPECT_EQ(status(options_for(database))->entries.back().state, "pending");
  EXPECT_EQ(database.run("SELECT state FROM salesflow.schema_migrations WHERE version = 101").value(), "running");
  writer.run("COMMIT").value();
  const auto mended = up(options_for(database));
  ASSERT_TRUE(mended) << mended.error().public_detail;
  EXPECT_EQ(invalid(), 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_class WHERE relname LIKE 'idx_message_events%'").integer(), 5);
  std::filesystem::remove(options.log_file);
}

TEST(MigrationRunner, KeepsAnEqualIndexAndReplacesAnotherOneOfTheSameNameUntilDown) {
  TestDatabase database(Schema::empty);
  ASSERT_TRUE(up(options_for(database, "base")));
  database.run_as(Login::owner,
                  "CREATE INDEX idx_message_events_user_status_created ON message_events (user_id, autopilot_status, "
                  "created_at DESC, id DESC, channel, direction)");
  database.run_as(Login::owner,
                  "CREATE INDEX idx_message_events_user_channel_status ON message_events (user_id, channel)");
  const std::string before = test::dump_schema(database);
  ASSERT_TRUE(up(options_for(database)));
  EXPECT_NE(
      database.run("SELECT pg_get_indexdef('idx_message_events_user_channel_status'::regclass)").value().find("WHERE"),
      std::string::npos);
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_class WHERE relname LIKE 'sf_new%'").integer(), 0);
  ASSERT_TRUE(down(options_for(database, "base")));
  EXPECT_EQ(test::dump_schema(database), before);
}

TEST(MigrationRunner, GivesAFoundDatabaseBackAsItWas) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, R"(
    CREATE TABLE message_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, contact_id uuid, channel text NOT NULL,
      direction text NOT NULL, normalized_text text NOT NULL, autopilot_status text NOT NULL DEFAULT 'pending', created_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX message_events_channel_idx ON message_events (channel);
    CREATE TABLE leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text NOT NULL, status text, temperature text, p_score numeric(5,2),
      created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
    CREATE TABLE lead_verifications (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lead_id uuid NOT NULL REFERENCES leads (id) ON DELETE CASCADE, v_score numeric(5,2));
    CREATE TABLE contacts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, email varchar(255), name varchar(200));
    ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "allow all" ON contacts USING (true);
    ALTER TABLE leads SET (fillfactor = 70);
    CREATE TABLE elsewhere (a integer);
    INSERT INTO leads (id, user_id, name, status, temperature) VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'Eva', 'NEW', '87 hot');
    INSERT INTO lead_verifications (lead_id, v_score) VALUES ('00000000-0000-7000-8000-000000000001', 10), ('00000000-0000-7000-8000-000000000001', 20);
    INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT gen_random_uuid(), 'email', 'inbound', repeat('x', 9000) FROM generate_series(1, 50);
    INSERT INTO contacts (user_id, name) VALUES (gen_random_uuid(), 'Old'))");
  const char* contents =
      "SELECT md5(string_agg(t, ',' ORDER BY t)) FROM (SELECT (id, user_id, channel, normalized_text, "
      "created_at)::text AS t FROM message_events "
      "UNION ALL SELECT (id, user_id, name, status, temperature)::text FROM leads UNION ALL SELECT (id, lead_id, "
      "v_score)::text FROM lead_verifications "
      "UNION ALL SELECT (id, user_id, name)::text FROM contacts) AS s";
  const std::string before = test::dump_schema(database), rows = database.run(contents).value();
  const std::string file = database.run("SELECT pg_relation_filenode('message_events')").value();
  const auto adopted = up(options_for(database));
  ASSERT_TRUE(adopted) << adopted.error().public_detail;
  EXPECT_EQ(database.run(contents).value(), rows);
  EXPECT_EQ(database.run("SELECT pg_relation_filenode('message_events')").value(), file) << "the table was rewritten";
  // The old writer goes on, with its own columns; a satellite without user_id gets its lead's.
  database.run(
      "CREATE ROLE sf_old_writer; GRANT SELECT, INSERT ON leads, lead_verifications, message_events TO sf_old_writer");
  database.run("SET ROLE sf_old_writer");
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 1);
  database.run(
      "INSERT INTO message_events (user_id, channel, direction, normalized_text) VALUES (gen_random_uuid(), 'odd', "
      "'inbound', 'y')");
  database.run("INSERT INTO lead_verifications (lead_id) VALUES ('00000000-0000-7000-8000-000000000001')");
  database.run("RESET ROLE");
  EXPECT_EQ(
      database
          .run("SELECT count(*) FROM lead_verifications WHERE user_id = '00000000-0000-7000-8000-000000000002' AND "
               "v_score IS NULL")
          .integer(),
      1);
  // Behind the wall nothing of it is seen, whatever the old permissive policy says.
  EXPECT_EQ(database.run_as(Login::app, "SELECT count(*) FROM contacts").integer(), 0);
  database.run(
      "DELETE FROM lead_verifications WHERE v_score IS NULL OR v_score = 0; DELETE FROM message_events WHERE channel = "
      "'odd'");
  database.run("REVOKE ALL ON leads, lead_verifications, message_events FROM sf_old_writer; DROP ROLE sf_old_writer");
  const auto gone = down(options_for(database, "none"));
  ASSERT_TRUE(gone) << gone.error().public_detail;
  EXPECT_EQ(test::dump_schema(database), before);
  EXPECT_EQ(database.run(contents).value(), rows);
}

TEST(MigrationRunner, SaysClearlyWhatIsWrongWithTheDatabase) {
  const auto unreachable = up(options_for("postgresql://nobody@127.0.0.1:1/none"));
  ASSERT_TRUE(unreachable.has_error());
  EXPECT_EQ(unreachable.error().code, Errc::unavailable);
  EXPECT_EQ(unreachable.error().public_detail.find('\n'), std::string::npos);

  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, "CREATE SCHEMA salesflow; CREATE TABLE salesflow.theirs (a integer)");
  EXPECT_EQ(up(options_for(database)).error().code, Errc::conflict);

  TestDatabase closed(Schema::empty);
  const auto refused = up(options_for(closed.url(Login::worker)));
  ASSERT_TRUE(refused.has_error());
}

TEST(MigrationRunner, MakesTheRolesOfTheClusterFromTwoDatabasesAtOnceAndTakesThemBackWithTheLast) {
  auto& servers = test::Servers::instance();
  cluster::PostgresOptions own;
  own.name = "migrations-roles";
  auto server = cluster::PrivatePostgres::start(servers.home(), own).value();
  auto admin = SqlSession::connect(server->superuser_url()).value();
  const char* roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'salesflow%'";
  admin.run("CREATE ROLE plain LOGIN PASSWORD 'p'; CREATE ROLE manager LOGIN CREATEROLE PASSWORD 'p'").value();
  admin.run("CREATE DATABASE one OWNER manager").value();
  admin.run("CREATE DATABASE two OWNER manager").value();
  admin.run("CREATE DATABASE three OWNER plain").value();

  const auto refused = up(options_for(server->url("three", "plain", "p")));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_NE(refused.error().public_detail.find("CREATE ROLE salesflow_owner NOLOGIN"), std::string::npos)
      << refused.error().public_detail;

  const std::string first = server->url("one", "manager", "p"), second = server->url("two", "manager", "p");
  const std::string empty = test::dump_schema(server->superuser_url("one"));
  for (int round = 0; round < 2; ++round) {
    std::thread other([&] {
      const auto report = up(options_for(second));
      EXPECT_TRUE(report) << report.error().public_detail;
    });
    const auto report = up(options_for(first));
    other.join();
    ASSERT_TRUE(report) << report.error().public_detail;
    EXPECT_EQ(admin.run(roles).value().integer(), 5);
    auto one = SqlSession::connect(server->superuser_url("one")).value();
    EXPECT_EQ(one.run("SELECT count(*) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, "
                      "'salesflow'::regnamespace) "
                      "AND relowner <> 'salesflow_owner'::regrole")
                  .value()
                  .integer(),
              0);
    ASSERT_TRUE(down(options_for(first, "none")));
    EXPECT_EQ(admin.run(roles).value().integer(), 5) << "the other database still needs them";
    const auto last = down(options_for(second, "none"));
    ASSERT_TRUE(last) << last.error().public_detail;
    EXPECT_EQ(admin.run(roles).value().integer(), 0);
    EXPECT_EQ(test::dump_schema(server->superuser_url("one")), empty);
  }
  // A superuser migrates as well, and owns nothing of it afterwards.
  ASSERT_TRUE(up(options_for(server->superuser_url("one"))));
  auto one = SqlSession::connect(server->superuser_url("one")).value();
  EXPECT_EQ(one.run("SELECT count(*) FROM pg_proc WHERE prosecdef AND proowner NOT IN ('salesflow_owner'::regrole, "
                    "'salesflow_search'::regrole)")
                .value()
                .integer(),
            0);
  ASSERT_TRUE(down(options_for(server->superuser_url("one"), "none")));
  EXPECT_EQ(test::dump_schema(server->superuser_url("one")), empty);
}

}  // namespace
}  // namespace salesflow::migrations
