// Hot leads and figures of leads over HTTP.
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class HotLeadsStory : public ServerStory {
 protected:
  RunningServer::Person anna = server().sign_up("anna@example.com");

  std::string add_lead(const std::string& name, const std::string& p_score, const std::string& source = "fair") {
    return database
        .run("INSERT INTO leads (user_id, name, p_score, source) VALUES ($1, $2, $3::numeric, $4) RETURNING id",
             {anna.user_id, name, p_score, source})
        .value();
  }
};

TEST_F(HotLeadsStory, AChangeOfALeadOrItsVerificationShowsInTheNextRead) {
  const std::string eva = add_lead("Eva", "90"), otto = add_lead("Otto", "80"), ida = add_lead("Ida", "40", "web");
  database.run("INSERT INTO lead_verifications (user_id, lead_id, v_score) VALUES ($1, $2, 75)", {anna.user_id, eva});
  database.run(
      "INSERT INTO lead_intents (user_id, lead_id, i_score, requested_demo, intent_stage) VALUES ($1, $2, 60, true, "
      "'decision')",
      {anna.user_id, eva});
  database.run("INSERT INTO lead_enrichments (user_id, lead_id, company_name) VALUES ($1, $2, 'Grün GmbH')",
               {anna.user_id, eva});
  const auto hot = [&](const std::string& query = "") {
    return server().get("/api/analytics/hot-leads" + query, anna.token);
  };
  const auto first = hot();
  ASSERT_EQ(first.status, 200) << first.raw.body;
  EXPECT_TRUE(first.body.at("success").as_bool());
  EXPECT_EQ(first.body.at("source").as_string(), "live");
  EXPECT_EQ(first.body.at("age_s").to_number<double>(), 0);
  EXPECT_FALSE(first.body.at("cached").as_bool());
  EXPECT_TRUE(first.body.at("as_of").is_string());
  ASSERT_EQ(first.body.at("count").as_int64(), 2) << first.raw.body;
  const auto& best = first.body.at("leads").at(0);
  EXPECT_EQ(best.at("id").as_string(), eva);
  EXPECT_EQ(best.at("name").as_string(), "Eva");
  EXPECT_EQ(best.at("p_score").to_number<double>(), 90);
  EXPECT_EQ(best.at("v_score").to_number<double>(), 75);
  EXPECT_EQ(best.at("company_name").as_string(), "Grün GmbH");
  EXPECT_EQ(best.at("lead_temperature").as_string(), "hot_verified");
  EXPECT_EQ(best.at("priority").as_int64(), 5);
  EXPECT_EQ(first.body.at("leads").at(1).at("id").as_string(), otto);
  EXPECT_EQ(first.body.at("leads").at(1).at("priority").as_int64(), 4);
  // Pages, and all of them from another threshold on.
  const auto page = hot("?limit=1");
  const auto next = hot("?limit=1&cursor=" + std::string(page.body.at("next_cursor").as_string()));
  EXPECT_EQ(next.body.at("leads").at(0).at("id").as_string(), otto);
  EXPECT_EQ(hot("?min_score=40").body.at("count").as_int64(), 3);
  // Nothing but the verification changes.
  database.run("UPDATE lead_verifications SET is_duplicate = true");
  EXPECT_EQ(hot().body.at("count").as_int64(), 1);
  database.run("DELETE FROM lead_verifications");
  EXPECT_EQ(hot().body.at("count").as_int64(), 2);
  EXPECT_EQ(server().call("DELETE", "/api/leads/" + eva, anna.token).status, 204);
  EXPECT_EQ(hot().body.at("count").as_int64(), 1);

  const auto pipeline = server().get("/api/lead-generation/stats/pipeline", anna.token);
  EXPECT_EQ(pipeline.body.at("total").as_int64(), 2);
  EXPECT_EQ(pipeline.body.at("hot").as_int64(), 1);
  EXPECT_EQ(pipeline.body.at("cool").as_int64(), 1);
  EXPECT_EQ(pipeline.body.at("by_status").at("new").as_int64(), 2);
  const auto acquisition = server().get("/api/lead-generation/stats/acquisition?days=7", anna.token);
  EXPECT_EQ(acquisition.body.at("period_days").as_int64(), 7);
  EXPECT_EQ(acquisition.body.at("total_leads").as_int64(), 2);
  EXPECT_EQ(acquisition.body.at("by_source").at("web").as_int64(), 1);
  const auto summary = server().get("/api/analytics/summary?days=7", anna.token);
  ASSERT_EQ(summary.status, 200) << summary.raw.body;
  EXPECT_EQ(summary.body.at("summary").at("leads").as_int64(), 2);
  EXPECT_EQ(summary.body.at("summary").at("hot_leads").as_int64(), 1);
  EXPECT_EQ(summary.body.at("summary").at("new_leads").as_int64(), 2);

  const auto ben = server().sign_up("ben@example.com");
  EXPECT_EQ(server().get("/api/analytics/hot-leads?min_score=0", ben.token).body.at("count").as_int64(), 0);
  EXPECT_EQ(server().get("/api/lead-generation/stats/pipeline", ben.token).body.at("total").as_int64(), 0);
  EXPECT_EQ(server().get("/api/lead-generation/stats/acquisition", ben.token).body.at("total_leads").as_int64(), 0);
  EXPECT_EQ(server().get("/api/analytics/summary", ben.token).body.at("summary").at("leads").as_int64(), 0);
}

TEST_F(HotLeadsStory, BadInputNamesItsField) {
  const auto field_of = [&](const std::string& path) {
    const auto answer = server().get(path, anna.token);
    return std::to_string(answer.status) + " " + answer.first_field();
  };
  for (const char* days : {"0", "-1", "100000", "many"}) {
    for (const char* path : {"/api/lead-generation/stats/acquisition", "/api/analytics/summary"})
      EXPECT_EQ(field_of(std::string(path) + "?days=" + days), "422 query.days") << days;
  }
  for (const char* limit : {"0", "-1", "101"})
    EXPECT_EQ(field_of(std::string("/api/analytics/hot-leads?limit=") + limit), "422 query.limit");
  for (const char* score : {"-1", "101", "hot"})
    EXPECT_EQ(field_of(std::string("/api/analytics/hot-leads?min_score=") + score), "422 query.min_score");
  EXPECT_EQ(field_of("/api/analytics/hot-leads?cursor=nonsense"), "400 query.cursor");
  EXPECT_EQ(server().get("/api/analytics/hot-leads", "").status, 401);
}

}  // namespace
}  // namespace salesflow::test
