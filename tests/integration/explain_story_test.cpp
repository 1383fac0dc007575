// salesflow explain, as an operator types it: verdicts on a real database, and what it refuses.
#include "tests/integration/server_story.hpp"
#include "tests/support/many_events.hpp"

namespace salesflow::test {
namespace {

class ExplainStory : public ServerStory {
 protected:
  void SetUp() override {
    fill_events(database, anna.user_id.to_string(), anna.org_id.to_string(), 20'000);
    fill_events(database, Uuid::v7().to_string(), anna.org_id.to_string(), 5'000);
    database.run("SELECT salesflow.refresh_summaries(1000000)");
    database.run("SELECT salesflow.fold_rollups(1000000)");
    database.run("VACUUM (ANALYZE)");
  }
  CommandResult explain(std::vector<std::string> arguments, Environment environment) {
    arguments.insert(arguments.begin(), "explain");
    return run_salesflow(std::move(arguments), environment);
  }
  CommandResult explain(std::vector<std::string> arguments) {
    return explain(std::move(arguments), {{"DATABASE_URL", database.url(Login::app)}});
  }

  TestDatabase::Account anna = database.create_account("anna@example.com");
  std::string user = anna.user_id.to_string();
};

TEST_F(ExplainStory, AHealthyDatabaseGetsAPlanBuffersAndOkForBothKindsOfPlan) {
  const auto shown = explain({"Q1", "--user", user});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  for (const char* part :
       {"events.list_events", "custom", "generic", "of 59 buffers, 51 rows",
        "Index Scan using idx_message_events_user_created_direction", "features/events/sql/list_events.sql"})
    EXPECT_NE(shown.output.find(part), std::string::npos) << part << "\n" << shown.output;
  const auto told = explain({"--all", "--variants", "--user", user, "--json"});
  EXPECT_EQ(told.exit_code, 0) << told.output;
  const auto answer = json::parse(told.output);
  EXPECT_TRUE(answer.at("ok").as_bool());
  EXPECT_EQ(answer.at("org_id").as_string(), anna.org_id.to_string());  // found by the user
  EXPECT_GT(answer.at("statements").as_array().size(), 1'000U);
}

TEST_F(ExplainStory, AMissingIndexIsSeenAndFailsTheRun) {
  database.run("DROP INDEX idx_message_events_user_status_created, idx_message_events_user_channel_status");
  const auto shown = explain({"list_pending", "--user", user});
  EXPECT_EQ(shown.exit_code, 1) << shown.output;
  EXPECT_NE(shown.output.find("broken"), std::string::npos) << shown.output;
  const auto told = json::parse(explain({"events.list_pending", "--user", user, "--json"}).output);
  EXPECT_FALSE(told.at("ok").as_bool());
  EXPECT_EQ(told.at("bad").as_int64(), 2);
  const std::string verdict(told.at("statements").at(0).at("verdict").as_string());
  EXPECT_EQ(verdict, "missing index");
}

TEST_F(ExplainStory, TheBusiestTenantIsFoundWithTheMigrationsLoginOnly) {
  const auto nobody = explain({"Q1"});
  EXPECT_EQ(nobody.exit_code, 2);
  EXPECT_NE(nobody.output.find("MIGRATION_DATABASE_URL"), std::string::npos) << nobody.output;
  const auto found = explain({"Q1", "--json"}, {{"DATABASE_URL", database.url(Login::app)},
                                                {"MIGRATION_DATABASE_URL", database.url(Login::owner)}});
  ASSERT_EQ(found.exit_code, 0) << found.output;
  EXPECT_EQ(json::parse(found.output).at("user_id").as_string(), user);
}

TEST_F(ExplainStory, WritesArePlannedAndNotRun) {
  database.run(
      "CREATE SEQUENCE runs; GRANT USAGE ON SEQUENCE runs TO salesflow_app;"
      "CREATE FUNCTION note_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('runs'); RETURN NEW; "
      "END $$;"
      "CREATE TRIGGER note_run BEFORE INSERT ON message_events FOR EACH ROW EXECUTE FUNCTION note_run()");
  const auto shown = explain({"events.create_event", "--user", user});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_NE(shown.output.find("planned, not run"), std::string::npos) << shown.output;
  EXPECT_EQ(database.run("SELECT is_called FROM runs").value(), "f");
}

TEST_F(ExplainStory, WrongUsageIsOneClearMessage) {
  const auto owner = explain({"Q1", "--user", user, "--database", database.url(Login::owner)});
  EXPECT_EQ(owner.exit_code, 2);
  EXPECT_NE(owner.output.find("row level security does not bind"), std::string::npos) << owner.output;
  const auto unknown = explain({"Q11", "--user", user});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.output.find("Q11"), std::string::npos) << unknown.output;
  const auto variant = explain({"Q1", "--variant", "colour", "--user", user});
  EXPECT_EQ(variant.exit_code, 2);
  EXPECT_NE(variant.output.find("colour"), std::string::npos) << variant.output;
  EXPECT_EQ(explain({"Q1", "--user", "anna"}).exit_code, 2);
  EXPECT_EQ(explain({}).exit_code, 2);
  EXPECT_EQ(explain({"Q1", "--user", user}, {{"DATABASE_URL", "postgresql://salesflow_app@127.0.0.1:1/crm"}}).exit_code,
            1);
  const auto exempt = explain({"platform.nothing", "--user", user});
  EXPECT_EQ(exempt.exit_code, 2);
  const auto function = explain({"accounts.find_login", "--user", user});
  EXPECT_EQ(function.exit_code, 2);
  EXPECT_NE(function.output.find("none, because"), std::string::npos) << function.output;
  const auto list = explain({"--list"}, {});
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_NE(list.output.find("inbox.list_inbox [sort=newest+total=counter+platform=any+status]"), std::string::npos);
}

}  // namespace
}  // namespace salesflow::test
