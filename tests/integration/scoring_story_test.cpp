// A salesperson's scores and next actions over HTTP, and the command that scores everybody.
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class ScoringStory : public ServerStory {
 protected:
  std::string add_lead(const RunningServer::Person& person, const std::string& status = "new") {
    return database
        .run("INSERT INTO leads (user_id, name, status) VALUES ($1, 'Lead', $2) RETURNING id", {person.user_id, status})
        .value();
  }
  void add_event(const RunningServer::Person& person, const std::string& contact_id, const std::string& age) {
    database.run(
        "INSERT INTO message_events (user_id, contact_id, channel, direction, normalized_text, created_at) VALUES ($1, "
        "$2, 'linkedin', 'inbound', 'x', now() - $3::interval)",
        {person.user_id, contact_id, age});
  }
};

TEST_F(ScoringStory, ALeadIsScoredExplainedAndRecommended) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string lead = add_lead(anna, "proposal");
  for (const char* age : {"2 days", "3 days", "9 days"})
    add_event(anna, lead, age);
  const std::string body = json::serialize(json::object{{"lead_id", lead}});
  const auto scored = server().call("POST", "/api/analytics/p-scores/calculate", anna.token, body);
  ASSERT_EQ(scored.status, 200) << scored.raw.body;
  EXPECT_EQ(scored.body.at("p_score").as_int64(), 20 + 10 + 20 + 15);
  EXPECT_EQ(scored.body.at("trend").as_string(), "flat");
  const auto& factors = scored.body.at("factors").as_object();
  for (const char* key : {"base_score", "inbound_events_7d", "inbound_events_14d", "outbound_events_14d",
                          "has_recent_activity", "bonuses", "penalties", "old_score", "new_score", "diff"})
    EXPECT_TRUE(factors.contains(key)) << key;
  EXPECT_EQ(factors.at("inbound_events_7d").as_int64(), 2);
  EXPECT_EQ(factors.at("inbound_events_14d").as_int64(), 3);
  const auto action = server().call("POST", "/api/analytics/nba", anna.token, body);
  ASSERT_EQ(action.status, 200) << action.raw.body;
  EXPECT_EQ(action.body.at("action_key").as_string(), "follow_up");
  EXPECT_EQ(action.body.at("suggested_channel").as_string(), "linkedin");
  EXPECT_EQ(action.body.at("priority").as_int64(), 4);
  EXPECT_EQ(action.body.at("meta").at("days_since_last").as_int64(), 2);
  const auto score = server().get("/api/lead-generation/score/" + lead, anna.token);
  EXPECT_EQ(score.body.at("p_score").as_int64(), 65);
  EXPECT_EQ(score.body.at("lead_temperature").as_string(), "warm");
  EXPECT_TRUE(score.body.at("v_score").is_null());
  EXPECT_EQ(score.body.at("intent_stage").as_string(), "awareness");
  add_lead(anna);
  const auto batch = server().get("/api/analytics/nba/batch?limit=5", anna.token);
  ASSERT_EQ(batch.body.at("count").as_int64(), 2) << batch.raw.body;
  EXPECT_EQ(batch.body.at("recommendations").at(0).at("lead").at("id").as_string(), lead);
  EXPECT_EQ(batch.body.at("recommendations").at(1).at("nba").at("action_key").as_string(), "call_script");
  EXPECT_EQ(server().get("/api/analytics/health", anna.token).body.at("status").as_string(), "healthy");
}

TEST_F(ScoringStory, ABatchScoresTheCallersLeadsOnly) {
  const auto anna = server().sign_up("anna@example.com");
  const auto ben = server().sign_up("ben@example.com");
  for (int i = 0; i < 5; ++i)
    add_lead(anna);
  add_lead(ben);
  const auto first = server().call("POST", "/api/analytics/p-scores/recalc?limit=3", anna.token);
  ASSERT_EQ(first.status, 200) << first.raw.body;
  const auto& summary = first.body.at("summary");
  EXPECT_EQ(summary.at("total_leads").as_int64(), 3);
  EXPECT_EQ(summary.at("leads_scored").as_int64(), 3);
  EXPECT_EQ(summary.at("avg_score").to_number<double>(), 20);
  EXPECT_EQ(summary.at("score_distribution").at("cold").as_int64(), 3);
  EXPECT_TRUE(summary.at("errors").as_array().empty());
  const auto second = server().call("POST", "/api/analytics/p-scores/recalc?limit=3", anna.token, R"({"limit":100})");
  EXPECT_EQ(second.body.at("summary").at("leads_scored").as_int64(), 5) << "the body wins";
  EXPECT_EQ(second.body.at("summary").at("leads_changed").as_int64(), 2);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads WHERE p_score IS NULL").integer(), 1);
  const auto none = server().call("POST", "/api/analytics/p-scores/recalc", server().sign_up("c@example.com").token);
  EXPECT_TRUE(none.body.at("summary").at("avg_score").is_null());
}

TEST_F(ScoringStory, BadInputNamesItsField) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string foreign = add_lead(server().sign_up("ben@example.com"));
  struct Case {
    const char* method;
    std::string target, body;
    int status;
    std::string field;
  };
  const std::string analytics = "/api/analytics", generation = "/api/lead-generation";
  const Case cases[] = {
      {"POST", analytics + "/p-scores/calculate", "{}", 422, "lead_id"},
      {"POST", analytics + "/p-scores/calculate", R"({"lead_id":"x"})", 422, "lead_id"},
      {"POST", analytics + "/p-scores/calculate", R"({"lead_id":")" + foreign + "\"}", 404, "lead_id"},
      {"POST", analytics + "/p-scores/calculate", "[", 400, "body"},
      {"POST", analytics + "/p-scores/recalc?limit=0", "", 422, "query.limit"},
      {"POST", analytics + "/p-scores/recalc?limit=501", "", 422, "query.limit"},
      {"POST", analytics + "/p-scores/recalc", R"({"limit":0})", 422, "limit"},
      {"POST", analytics + "/p-scores/recalc", R"({"limit":501})", 422, "limit"},
      {"POST", analytics + "/p-scores/recalc", R"({"limit":"many"})", 422, "limit"},
      {"POST", analytics + "/nba", "{}", 422, "lead_id"},
      {"POST", analytics + "/nba", R"({"lead_id":")" + foreign + "\"}", 404, "lead_id"},
      {"POST", analytics + "/nba", R"({"contact_id":")" + foreign + "\"}", 404, "contact_id"},
      {"GET", analytics + "/nba/batch?limit=51", "", 422, "query.limit"},
      {"GET", generation + "/score/7", "", 400, "path.lead_id"},
      {"GET", generation + "/score/" + foreign, "", 404, "lead_id"},
      {"POST", generation + "/verify", R"({"lead_id":"x"})", 501, ""},
      {"POST", generation + "/verify/batch", "[]", 501, ""},
      {"POST", generation + "/enrich", "{}", 501, ""},
      {"POST", generation + "/intent", "", 501, ""},
      {"POST", generation + "/acquire", "{}", 501, ""},
      {"POST", generation + "/outreach", "{}", 501, ""},
      {"POST", generation + "/process-lead/" + foreign, "{}", 501, ""},
  };
  for (const Case& c : cases) {
    const auto answer = server().call(c.method, c.target, anna.token, c.body);
    EXPECT_EQ(answer.status, c.status) << c.method << ' ' << c.target << ' ' << c.body << ' ' << answer.raw.body;
    EXPECT_EQ(answer.first_field(), c.field) << c.target << ' ' << c.body << ' ' << answer.raw.body;
    EXPECT_FALSE(answer.detail().empty()) << c.target;
    if (c.status != 501) {
      EXPECT_EQ(server().call(c.method, c.target, {}, c.body).status, 401) << c.target;
    }
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM leads WHERE p_score IS NOT NULL").integer(), 0);
}

TEST_F(ScoringStory, TheCommandScoresAUserOrEverybody) {
  const auto anna = server().sign_up("anna@example.com");
  const auto ben = server().sign_up("ben@example.com");
  for (int i = 0; i < 7; ++i)
    add_lead(i < 5 ? anna : ben);
  const auto environment =
      server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
  auto run = run_salesflow({"score", "--user", "anna@example.com", "--batch-size", "2", "--json"}, environment);
  ASSERT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(json::parse(run.output).at("leads_scored").as_int64(), 5);
  run = run_salesflow({"score", "--all", "--json"}, environment);
  ASSERT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(json::parse(run.output).at("leads_scored").as_int64(), 7);
  EXPECT_EQ(json::parse(run.output).at("leads_changed").as_int64(), 2);
  EXPECT_EQ(json::parse(run.output).at("users").as_int64(), 2);
  EXPECT_NE(run_salesflow({"score"}, environment).exit_code, 0);
  EXPECT_NE(run_salesflow({"score", "--user", "nobody@example.com"}, environment).exit_code, 0);
}

}  // namespace
}  // namespace salesflow::test
