// What today's web and mobile clients do, word for word: their requests, and what they read of the answers.
#include <set>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class OldClients : public ServerStory {
 protected:
  void SetUp() override { anna = server().sign_up("anna@example.com"); }
  JsonAnswer post(const std::string& path, const json::value& body) {
    return server().call("POST", path, anna.token, json::serialize(body));
  }
  JsonAnswer get(const std::string& path) { return server().get(path, anna.token); }
  JsonAnswer remove(const std::string& path) { return server().call("DELETE", path, anna.token); }

  RunningServer::Person anna;
};

TEST_F(OldClients, ReadErrorsFromDetailAndNeedNoOrganisationHeader) {
  const auto contact = server().call("POST", "/api/contacts", anna.token, R"({"name":"Eva Huber"})",
                                     {{"X-Org-Id", "11111111-1111-1111-1111-111111111111"},
                                      {"X-User-Id", "11111111-1111-1111-1111-111111111111"},
                                      {"Content-Type", "application/json"}});
  ASSERT_EQ(contact.status, 201) << contact.raw.body;
  EXPECT_EQ(get("/api/contacts").body.at("total"), 1) << "the organisation is the token's, whatever headers say";
  for (const auto& refused : {post("/api/contacts", json::object{{"name", ""}}), post("/api/leads", json::array{}),
                              get("/api/deals?sort_by=probability"), get("/api/leads/" + anna.user_id),
                              get("/api/contacts/nobody"), post("/api/deals", json::object{{"title", 7}})}) {
    EXPECT_GE(refused.status, 400);
    EXPECT_LT(refused.status, 500);
    EXPECT_FALSE(refused.detail().empty()) << refused.raw.body;
  }
}

TEST_F(OldClients, MobileListsLeadsAsABareArrayAndTheWebAsksForACount) {
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(post("/api/leads", json::object{{"name", "Lead " + std::to_string(i)}, {"temperature", 85}}).status, 200);
  const auto bare = get("/api/leads");
  ASSERT_TRUE(bare.body.is_array()) << bare.raw.body;
  EXPECT_EQ(bare.body.as_array().size(), 3u);
  EXPECT_EQ(bare.header("X-Total-Count"), "3");
  for (const auto& lead : bare.body.as_array()) {
    // They compare with 'hot' and 'warm' and call string methods on it.
    EXPECT_EQ(lead.at("temperature"), "hot");
    EXPECT_EQ(lead.at("temperature_score"), 85);
    EXPECT_EQ(lead.at("status"), "new");
    EXPECT_TRUE(lead.at("tags").is_array());
  }
  const auto counted = get("/api/leads?count=true");
  EXPECT_EQ(counted.body.at("count"), 3);
  EXPECT_EQ(counted.body.at("leads").as_array().size(), 3u);
  const auto grouped = get("/api/leads?group_by=status");
  EXPECT_TRUE(grouped.body.as_object().contains("groups"));
  EXPECT_TRUE(grouped.body.as_object().contains("total_value"));
}

TEST_F(OldClients, CreateALeadInTheirSpellingAndChangeIt) {
  const auto created = post("/api/leads", json::object{{"fullName", "Max Gruber"},
                                                       {"lastMessage", "Hallo"},
                                                       {"nextFollowUp", "2026-12-01"},
                                                       {"followUpReason", "Rückruf"},
                                                       {"company", "Gruber GmbH"},
                                                       {"source", "fair"},
                                                       {"status", "NEW"}});
  ASSERT_EQ(created.status, 200) << created.raw.body;
  EXPECT_EQ(created.body.at("success"), true);
  EXPECT_EQ(created.body.at("was_created"), true);
  const auto& lead = created.body.at("lead");
  EXPECT_EQ(lead.at("name"), "Max Gruber");
  EXPECT_EQ(lead.at("last_message"), "Hallo");
  EXPECT_EQ(lead.at("follow_up_reason"), "Rückruf");
  EXPECT_EQ(lead.at("company"), "Gruber GmbH");
  EXPECT_EQ(lead.at("source"), "fair");
  EXPECT_EQ(lead.at("status"), "new") << "statuses are compared exactly, in lower case";
  const std::string path = "/api/leads/" + std::string(lead.at("id").as_string());
  const auto again = post("/api/leads/", json::object{{"name", "max gruber"}});
  ASSERT_EQ(again.status, 200) << again.raw.body;
  EXPECT_EQ(again.body.at("was_created"), false);
  EXPECT_EQ(again.body.at("lead").at("id"), lead.at("id"));
  const auto changed = server().call("PATCH", path, anna.token, R"({"company":null,"phone":"","status":"WON"})");
  ASSERT_EQ(changed.status, 200) << changed.raw.body;
  EXPECT_TRUE(changed.body.at("lead").at("company").is_null());
  EXPECT_TRUE(changed.body.at("lead").at("phone").is_null());
  EXPECT_EQ(changed.body.at("lead").at("status"), "won");
  EXPECT_EQ(get("/api/leads?customers=true").body.as_array().size(), 1u);
  EXPECT_EQ(get("/api/leads?status=won").body.as_array().size(), 1u);
}

TEST_F(OldClients, ChangeTheirPasswordByEitherNameAndStayLoggedIn) {
  const auto log_in = [&](const std::string& password) {
    return server().call("POST", "/api/auth/login", {},
                         json::serialize(json::object{{"username", "anna@example.com"}, {"password", password}}));
  };
  const auto change = [&](const json::value& body) { return post("/api/auth/change-password", body); };
  const auto elsewhere = log_in("correct horse");
  ASSERT_EQ(elsewhere.status, 200) << elsewhere.raw.body;
  const auto wrong = change(json::object{{"current_password", "wrong horse"}, {"new_password", "battery staple"}});
  EXPECT_EQ(wrong.status, 400) << "401 would log the screen out";
  EXPECT_EQ(wrong.first_field(), "current_password");
  EXPECT_EQ(change(json::object{{"new_password", "battery staple"}}).first_field(), "current_password");
  const auto weak = change(json::object{{"current_password", "correct horse"}, {"new_password", "short"}});
  EXPECT_EQ(weak.status, 422);
  EXPECT_EQ(weak.first_field(), "new_password");
  const auto first = change(json::object{{"current_password", "correct horse"}, {"new_password", "battery staple"}});
  ASSERT_EQ(first.status, 200) << first.raw.body;
  EXPECT_EQ(get("/api/auth/me").status, 200) << "this session goes on";
  EXPECT_EQ(server()
                .call("POST", "/api/auth/refresh", {},
                      json::serialize(json::object{{"refresh_token", elsewhere.body.at("refresh_token")}}))
                .status,
            401)
      << "the others end";
  EXPECT_EQ(log_in("correct horse").status, 401);
  EXPECT_EQ(log_in("battery staple").status, 200);
  EXPECT_EQ(change(json::object{{"old_password", "battery staple"}, {"new_password", "correct horse"}}).status, 200);
  EXPECT_EQ(log_in("correct horse").status, 200);
  EXPECT_EQ(server().call("POST", "/api/auth/change-password", {}, "{}").status, 401) << "without a token";
}

TEST_F(OldClients, RepeatArrayParameters) {
  for (const char* status : {"lead", "customer", "lost"})
    ASSERT_EQ(post("/api/contacts", json::object{{"name", status}, {"status", status}}).status, 201);
  EXPECT_EQ(get("/api/contacts?status=lead&status=customer").body.at("items").as_array().size(), 2u);
}

TEST_F(OldClients, ParseMoneyOfDealsFromStringsAndAskFor250InOrderOfTheirStage) {
  const auto created = post("/api/deals", json::object{{"title", "Website"}, {"value", 1234.5}, {"probability", 50}});
  ASSERT_EQ(created.status, 201) << created.raw.body;
  EXPECT_TRUE(created.body.at("value").is_string()) << created.raw.body;
  EXPECT_DOUBLE_EQ(std::stod(std::string(created.body.at("value").as_string())), 1234.5);
  const auto list = get("/api/deals?per_page=250&sort_by=stage_entered_at");
  ASSERT_EQ(list.status, 200) << list.raw.body;
  ASSERT_EQ(list.body.at("items").as_array().size(), 1u);
  EXPECT_TRUE(list.body.at("items").at(0).at("value").is_string());
  EXPECT_TRUE(list.body.at("items").at(0).at("weighted_value").is_string());
  const auto board = get("/api/deals/pipeline");
  ASSERT_EQ(board.status, 200) << board.raw.body;
  EXPECT_TRUE(board.body.at("totals").at("total_value").is_number());
  EXPECT_TRUE(board.body.at("stages").at("new").at(0).at("value").is_number());
  const std::string id(created.body.at("id").as_string());
  EXPECT_EQ(server().call("POST", "/api/deals/" + id + "/move?stage=won", anna.token).status, 200);
  EXPECT_EQ(get("/api/deals/" + id).body.at("won"), true);
  EXPECT_EQ(get("/api/deals/" + id).body.at("stage"), "won");
}

TEST_F(OldClients, Need204ForDeletes) {
  const auto contact = post("/api/contacts", json::object{{"name", "x"}});
  const auto deal = post("/api/deals", json::object{{"title", "x"}});
  const auto note = post("/api/crm/notes", json::object{{"content", "x"}});
  EXPECT_EQ(note.status, 201) << note.raw.body;
  for (const auto& [path, created] :
       {std::pair{"/api/contacts/", contact}, std::pair{"/api/deals/", deal}, std::pair{"/api/crm/notes/", note}}) {
    const std::string row = path + std::string(created.body.at("id").as_string());
    const auto gone = remove(row);
    EXPECT_EQ(gone.status, 204) << row;
    EXPECT_TRUE(gone.raw.body.empty());
    EXPECT_EQ(remove(row).status, 404);
  }
}

TEST_F(OldClients, ReadTheSummaryAsAStringAndTheSuggestionByTwoNames) {
  const auto lead = post("/api/leads", json::object{{"name", "Eva"}});
  const std::string id(lead.body.at("lead").at("id").as_string());
  const auto event = post(
      "/api/autopilot/message-event",
      json::object{
          {"channel", "whatsapp"}, {"direction", "inbound"}, {"text", "Was kostet das Angebot?"}, {"contact_id", id}});
  ASSERT_EQ(event.status, 200);
  const auto summary = post("/api/crm/zero-input/summarize", json::object{{"lead_id", id}});
  ASSERT_EQ(summary.status, 200) << summary.raw.body;
  EXPECT_EQ(summary.body.at("success"), true);
  EXPECT_TRUE(summary.body.at("summary").is_string()) << "the page renders it";
  EXPECT_FALSE(summary.body.at("summary").as_string().empty());
  EXPECT_EQ(summary.body.at("summary_text"), summary.body.at("summary"));
  EXPECT_EQ(summary.body.at("summary_details").at("summary_text"), summary.body.at("summary"));
  EXPECT_EQ(get("/api/crm/notes?lead_id=" + id).body.at("count"), 1);
  EXPECT_EQ(get("/api/tasks").body.at("items").as_array().size(), 1u);
  const std::string reply =
      "/api/autopilot/message-event/" + std::string(event.body.at("event").at("id").as_string()) + "/suggested-reply";
  const auto suggested = server().call("PUT", reply, anna.token, R"({"text":"Gern!"})");
  EXPECT_EQ(suggested.body.at("event").at("suggested_reply").at("message"), "Gern!");
}

}  // namespace
}  // namespace salesflow::test
