// salesflow check plans, as a CI types it: a healthy database, one without an index, one that is not ours.
#include "tests/integration/server_story.hpp"
#include "tests/support/many_events.hpp"

namespace salesflow::test {
namespace {

class CheckPlansStory : public ServerStory {
 protected:
  CommandResult check(const std::string& url, std::vector<std::string> arguments = {}) {
    std::vector<std::string> all{"check", "plans", "--database-url", url};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_salesflow(std::move(all), {});
  }
  static json::value json_of(const CommandResult& result) {
    return json::parse(result.output.substr(result.output.find('{')));
  }
  void fill() {
    fill_events(database, anna.user_id.to_string(), anna.org_id.to_string(), 12'000);
    fill_events(database, Uuid::v7().to_string(), anna.org_id.to_string(), 3'000);
    database.run("SELECT salesflow.refresh_summaries(1000000)");
    database.run("SELECT salesflow.fold_rollups(1000000)");
    database.run("VACUUM (ANALYZE)");
  }

  TestDatabase::Account anna = database.create_account("anna@example.com");
};

TEST_F(CheckPlansStory, EveryPromiseIsKeptOnAHealthyDatabaseByWhoeverMayActAsTheService) {
  fill();
  // An administrator's login: it finds the user with most messages by itself and plans as the service.
  const auto told = check(database.url(Login::superuser), {"--json"});
  ASSERT_EQ(told.exit_code, 0) << told.output.substr(0, 4000);
  const auto answer = json_of(told);
  EXPECT_EQ(answer.at("role").as_string(), "salesflow_app");
  EXPECT_EQ(answer.at("user_id").as_string(), anna.user_id.to_string());
  EXPECT_EQ(answer.at("org_id").as_string(), anna.org_id.to_string());
  EXPECT_GT(answer.at("plans").as_int64(), 1'000);
  EXPECT_EQ(answer.at("not_planned").as_int64(), 0);

  const auto shown = check(database.url(Login::app), {"--only", "Q1", "--user", anna.user_id.to_string()});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  for (const char* part : {"events.list_events [", "generic", "custom", "budget", "51 rows", "ok",
                           "idx_message_events_user_created_direction", "0 missed"})
    EXPECT_NE(shown.output.find(part), std::string::npos) << part << "\n" << shown.output;
}

TEST_F(CheckPlansStory, AMissingIndexFailsItWithAndWithoutRows) {
  // Without rows PostgreSQL's choice says nothing, but that the index is not there does.
  const std::string drop = "DROP INDEX idx_message_events_user_created_direction";
  EXPECT_EQ(check(database.url(Login::app), {"--only", "Q1"}).exit_code, 0);
  database.run(drop);
  const auto empty = check(database.url(Login::app), {"--only", "events.list_events"});
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_NE(empty.output.find("missing index"), std::string::npos) << empty.output;
  EXPECT_NE(empty.output.find("features/events/sql/list_events.sql"), std::string::npos);
  EXPECT_NE(empty.output.find("note: no user was found"), std::string::npos) << "row level security shows none";
  fill();
  const auto told = check(database.url(Login::superuser), {"--only", "list_events", "--json"});
  EXPECT_EQ(told.exit_code, 1);
  const auto answer = json_of(told);
  EXPECT_FALSE(answer.at("ok").as_bool());
  EXPECT_GT(answer.at("missed").as_int64(), 0);
  EXPECT_NE(json::serialize(answer).find("over budget"), std::string::npos);
}

TEST_F(CheckPlansStory, NothingIsChanged) {
  fill();
  const auto state = [&] {
    return database
        .run(
            "SELECT string_agg(format('%s %s %s %s', relname, n_tup_ins, n_tup_upd, n_tup_del), ',' ORDER BY relid) "
            "FROM pg_stat_user_tables")
        .value();
  };
  database.run(
      "CREATE SEQUENCE runs; GRANT USAGE ON SEQUENCE runs TO salesflow_app;"
      "CREATE FUNCTION note_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('runs'); RETURN "
      "NEW; END $$;"
      "CREATE TRIGGER note_run BEFORE INSERT OR UPDATE ON message_events FOR EACH ROW EXECUTE FUNCTION "
      "note_run()");
  const auto before = state();
  const auto told = check(database.url(Login::superuser),
                          {"--only", "create_event", "--only", "set_status", "--only", "Q1", "--only", "list_pending"});
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_NE(told.output.find("not run"), std::string::npos);
  EXPECT_EQ(database.run("SELECT is_called FROM runs").value(), "f");
  EXPECT_EQ(state(), before);
}

TEST_F(CheckPlansStory, WhatCannotBePlannedIsNamedWithItsReason) {
  TestDatabase foreign(Schema::empty);
  foreign.run("CREATE TABLE message_events (id bigint)");
  const auto stranger = check(foreign.url(Login::superuser), {"--only", "Q1", "--json"});
  EXPECT_EQ(stranger.exit_code, 1);
  const auto answer = json_of(stranger);
  EXPECT_GT(answer.at("not_planned").as_int64(), 0);
  EXPECT_NE(json::serialize(answer.at("unplanned")).find("does not exist"), std::string::npos) << stranger.output;

  database.run("REVOKE SELECT ON message_events FROM salesflow_app");
  const auto refused = check(database.url(Login::app), {"--only", "Q1", "--user", anna.user_id.to_string()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("not planned: "), std::string::npos) << refused.output;
  EXPECT_NE(refused.output.find("permission denied"), std::string::npos) << refused.output;

  const auto owner = check(database.url(Login::owner), {"--only", "Q1"});
  EXPECT_EQ(owner.exit_code, 2);
  EXPECT_NE(owner.output.find("may not act as salesflow_app"), std::string::npos) << owner.output;
  EXPECT_EQ(check(database.url(Login::app), {"--only", "Q11"}).exit_code, 2);
  EXPECT_EQ(check("postgresql://salesflow_app@127.0.0.1:1/crm").exit_code, 2);
  EXPECT_EQ(check(database.url(Login::app), {"--user", "anna"}).exit_code, 2);
}

}  // namespace
}  // namespace salesflow::test
