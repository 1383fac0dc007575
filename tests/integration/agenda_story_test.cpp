// What a screen asks for at its start: today's follow-ups, what waits, a lead's suggestions, what happened lately.
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class AgendaStory : public ServerStory {
 protected:
  void SetUp() override {
    anna = server().sign_up("anna@example.com");
    ben = server().sign_up("ben@example.com");
  }
  JsonAnswer get(const std::string& path) { return server().get(path, anna.token); }

  RunningServer::Person anna, ben;
};

TEST_F(AgendaStory, AFollowUpIsSuggestedComesDueIsSentAndIsGone) {
  const auto made = server().call("POST", "/api/leads", anna.token, R"({"name":"Eva","phone":"+43 660 1"})");
  ASSERT_EQ(made.status, 200) << made.raw.body;
  const std::string lead(made.body.at("lead").at("id").as_string());
  EXPECT_EQ(get("/api/leads/" + lead + "/suggestions").body.at("lead_name"), "Eva");
  ASSERT_EQ(server().call("POST", "/api/leads/" + lead + "/message-sent", anna.token, "{}").status, 200);
  EXPECT_EQ(get("/api/followups/today").body.at("count"), 0) << "it is due in three days";
  const auto pending = get("/api/followups/pending");
  ASSERT_EQ(pending.status, 200) << pending.raw.body;
  EXPECT_EQ(pending.body.at("total"), 1);
  const auto& item = pending.body.at("followups").at(0);
  EXPECT_EQ(item.at("lead_id"), lead.c_str());
  EXPECT_EQ(item.at("lead").at("name"), "Eva");
  EXPECT_EQ(item.at("lead").at("phone"), "+43 660 1");
  EXPECT_EQ(item.at("message"), item.at("suggested_message"));
  EXPECT_EQ(item.at("is_overdue"), false);
  const auto suggestions = get("/api/leads/" + lead + "/suggestions");
  EXPECT_EQ(suggestions.body.at("suggestions").at(0).at("id"), item.at("id")) << suggestions.raw.body;

  database.run("UPDATE followup_suggestions SET due_at = now() - interval '3 days'");
  const auto today = get("/api/followups/today?tz=Europe/Vienna");
  ASSERT_EQ(today.status, 200) << today.raw.body;
  EXPECT_EQ(today.body.at("count"), 1);
  EXPECT_EQ(today.body.at("overdue_count"), 1);
  EXPECT_EQ(today.body.at("followups").at(0).at("is_overdue"), true);
  EXPECT_EQ(server().get("/api/followups/today", ben.token).body.at("count"), 0) << "they are anna's";
  EXPECT_EQ(server().get("/api/leads/" + lead + "/suggestions", ben.token).status, 404);

  const std::string send = "/api/inbox-unified/" + std::string(item.at("item_id").as_string()) + "/send";
  ASSERT_EQ(server().call("POST", send, anna.token, "{}").status, 200);
  EXPECT_EQ(get("/api/followups/today").body.at("count"), 0);
  EXPECT_EQ(get("/api/followups/pending").body.at("count"), 1) << "the next one, in seven days";
  EXPECT_EQ(get("/api/leads/" + lead + "/suggestions?status=all").body.at("count"), 2);
}

TEST_F(AgendaStory, ActivitiesAreThoseOfTheOrganisation) {
  for (const char* name : {"First", "Second"}) {
    const std::string body = std::string(R"({"name":")") + name + "\"}";
    ASSERT_EQ(server().call("POST", "/api/contacts", anna.token, body).status, 201);
  }
  const auto page = get("/api/activities?limit=1");
  ASSERT_EQ(page.status, 200) << page.raw.body;
  EXPECT_EQ(page.body.at("activities").at(0).at("type"), "created");
  EXPECT_EQ(page.body.at("activities").at(0).at("contact_name"), "Second");
  const auto rest = get("/api/activities?cursor=" + std::string(page.body.at("next_cursor").as_string()));
  EXPECT_EQ(rest.body.at("count"), 1);
  EXPECT_EQ(rest.body.at("activities").at(0).at("contact_name"), "First");
  EXPECT_EQ(server().get("/api/activities", ben.token).body.at("count"), 0);
}

TEST_F(AgendaStory, NonsenseIsRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {{"/api/followups/today?tz=Mars/Olympus", "query.tz"},
                                                       {"/api/followups/pending?tz=", "query.tz"},
                                                       {"/api/followups/today?limit=0", "query.limit"},
                                                       {"/api/activities?limit=201", "query.limit"},
                                                       {"/api/activities?contact_id=x", "query.contact_id"}};
  for (const auto& [path, field] : cases) {
    const auto refused = get(path);
    EXPECT_EQ(refused.status, 422) << path;
    EXPECT_EQ(refused.first_field(), field) << path;
  }
  EXPECT_EQ(get("/api/followups/today?cursor=made.up").status, 400);
  EXPECT_EQ(get("/api/leads/x/suggestions").status, 400);
}

}  // namespace
}  // namespace salesflow::test
