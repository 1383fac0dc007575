// The approval queue and the unified inbox's actions over HTTP: drafts are made, approved once, skipped, sent.
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class ApprovalsStory : public ServerStory {
 protected:
  std::string add_lead(const std::string& user_id, const std::string& columns, const std::string& values) {
    return database
        .run("INSERT INTO leads (user_id, " + columns + ") VALUES ($1, " + values + ") RETURNING id", {user_id})
        .value();
  }
  JsonAnswer post(const std::string& path, const std::string& token, const std::string& body = {},
                  Headers headers = {}) {
    return server().call("POST", path, token, body, std::move(headers));
  }
};

TEST_F(ApprovalsStory, ADueLeadIsDraftedForApprovedOnceAndFollowedUp) {
  const auto anna = server().sign_up("anna@example.com"), ben = server().sign_up("ben@example.com");
  const std::string lead = add_lead(anna.user_id, "name, whatsapp, temperature, next_follow_up",
                                    "'Eva Berger', '+43 664 1234567', 'hot', current_date - 1");
  EXPECT_EQ(server().get("/api/inbox/pending", anna.token).body.at("stats").at("pending").as_int64(), 0);
  const auto made = post("/api/inbox/generate-drafts", anna.token);
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_EQ(made.body.at("generated").as_int64(), 1);
  EXPECT_EQ(post("/api/inbox/generate-drafts", anna.token).body.at("generated").as_int64(), 0);
  EXPECT_EQ(post("/api/inbox/generate-drafts", ben.token).body.at("generated").as_int64(), 0);

  const auto pending = server().get("/api/inbox/pending?limit=20", anna.token);
  ASSERT_EQ(pending.status, 200) << pending.raw.body;
  EXPECT_EQ(pending.body.at("stats").at("pending").as_int64(), 1);
  const auto& draft = pending.body.at("messages").at(0);
  EXPECT_EQ(draft.at("priority").as_int64(), 85);
  EXPECT_EQ(draft.at("channel").as_string(), "whatsapp");
  EXPECT_EQ(draft.at("leads").at("name").as_string(), "Eva Berger");
  EXPECT_EQ(draft.at("leads").at("temperature").as_string(), "hot");
  EXPECT_TRUE(draft.at("similar_success_ids").is_array());
  const std::string path = "/api/inbox/" + std::string(draft.at("id").as_string());

  EXPECT_EQ(post(path + "/approve", ben.token).status, 404);
  EXPECT_EQ(post(path + "/skip", ben.token).status, 404);
  const auto approved =
      post(path + "/approve", anna.token, R"({"edited_message":"Hallo Eva & Co"})", {{"Idempotency-Key", "a"}});
  ASSERT_EQ(approved.status, 200) << approved.raw.body;
  EXPECT_EQ(approved.body.at("deep_link").as_string(), "https://wa.me/436641234567?text=Hallo%20Eva%20%26%20Co");
  EXPECT_EQ(approved.body.at("lead_name").as_string(), "Eva Berger");
  EXPECT_EQ(post(path + "/approve", anna.token, R"({"edited_message":"Hallo Eva & Co"})", {{"Idempotency-Key", "a"}})
                .raw.body,
            approved.raw.body);
  EXPECT_EQ(post(path + "/approve", anna.token).status, 409);
  EXPECT_EQ(post(path + "/skip", anna.token).status, 409);
  const auto stats = server().get("/api/inbox/stats", anna.token);
  EXPECT_EQ(stats.body.at("pending").as_int64(), 0);
  EXPECT_EQ(stats.body.at("sent_today").as_int64(), 1);

  const auto check = server().get("/api/inbox-unified/check-auto-send/" + lead, anna.token);
  EXPECT_EQ(check.body.at("contact_status").as_string(), "awaiting_reply");
  EXPECT_FALSE(check.body.at("can_send").as_bool());
  EXPECT_EQ(check.body.at("status_info").at("days_waiting").as_int64(), 0);
  EXPECT_EQ(server().get("/api/inbox-unified/check-auto-send/" + lead, ben.token).status, 404);
}

TEST_F(ApprovalsStory, ItemsOfAllKindsAreSentAndSkippedByTheirIds) {
  const auto anna = server().sign_up("anna@example.com"), ben = server().sign_up("ben@example.com");
  const std::string first = add_lead(anna.user_id, "name, phone", "'Eva', '+43 664 1234567'"),
                    second = add_lead(anna.user_id, "name", "'Max'");
  const std::string item = "/api/inbox-unified/lead_" + first;
  EXPECT_TRUE(server().get("/api/inbox-unified/check-auto-send/" + first, anna.token).body.at("can_send").as_bool());
  EXPECT_EQ(post(item + "/send", ben.token).status, 404);
  const auto sent = post(item + "/send", anna.token);
  ASSERT_EQ(sent.status, 200) << sent.raw.body;
  EXPECT_EQ(sent.body.at("type").as_string(), "lead");
  EXPECT_EQ(sent.body.at("item_id").as_string(), "lead_" + first);
  EXPECT_TRUE(sent.body.at("deep_link").as_string().starts_with("https://wa.me/436641234567?text=Hallo%20Eva"));
  EXPECT_EQ(post(item + "/send", anna.token).status, 409);
  const std::string followup =
      "/api/inbox-unified/followup_" + database.run("SELECT id FROM followup_suggestions").value();
  const auto snoozed = post(followup + "/skip", anna.token, R"({"snooze_days":2})");
  ASSERT_EQ(snoozed.status, 200) << snoozed.raw.body;
  EXPECT_EQ(post(followup + "/send", anna.token, R"({"edited_message":"Na?"})").status, 200);
  EXPECT_EQ(post(followup + "/skip", anna.token).status, 409);

  const auto bulk =
      post("/api/inbox-unified/bulk-send", anna.token,
           R"({"item_ids":["lead_)" + second + R"(","lead_)" + first + R"(","nonsense","approval_)" + first + "\"]}");
  ASSERT_EQ(bulk.status, 200) << bulk.raw.body;
  EXPECT_EQ(bulk.body.at("sent").as_int64(), 1);
  EXPECT_EQ(bulk.body.at("skipped").as_int64(), 1);
  EXPECT_EQ(bulk.body.at("failed").as_int64(), 2);
  EXPECT_EQ(bulk.body.at("errors").at(0).at("item_id").as_string(), "nonsense");
}

TEST_F(ApprovalsStory, BadInputIsRefusedByName) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string stranger = "0192f3a0-0000-7000-8000-000000000001";
  std::string many = R"({"item_ids":["x")";
  for (int i = 0; i < 100; ++i)
    many += ",\"x\"";
  struct Case {
    std::string method, target, body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"GET", "/api/inbox/pending?limit=0", "", 422, "query.limit"},
      {"GET", "/api/inbox/pending?limit=101", "", 422, "query.limit"},
      {"GET", "/api/inbox/pending?cursor=x", "", 400, "query.cursor"},
      {"POST", "/api/inbox/x/approve", "", 400, "path.id"},
      {"POST", "/api/inbox/" + stranger + "/approve", "", 404, "id"},
      {"POST", "/api/inbox/" + stranger + "/approve", R"({"edited_message":""})", 422, "edited_message"},
      {"POST", "/api/inbox/" + stranger + "/approve", R"({"edited_message":5})", 422, "edited_message"},
      {"POST", "/api/inbox/" + stranger + "/skip", "", 404, "id"},
      {"POST", "/api/inbox-unified/" + stranger + "/send", "", 400, "path.item_id"},
      {"POST", "/api/inbox-unified/task_" + stranger + "/send", "", 400, "path.item_id"},
      {"POST", "/api/inbox-unified/lead_x/skip", "", 400, "path.item_id"},
      {"POST", "/api/inbox-unified/lead_" + stranger + "/send", "", 404, "item_id"},
      {"POST", "/api/inbox-unified/followup_" + stranger + "/skip", "", 404, "item_id"},
      {"POST", "/api/inbox-unified/lead_" + stranger + "/skip", R"({"snooze_days":0})", 422, "snooze_days"},
      {"POST", "/api/inbox-unified/bulk-send", R"({"item_ids":[]})", 422, "item_ids"},
      {"POST", "/api/inbox-unified/bulk-send", many + "]}", 422, "item_ids"},
      {"POST", "/api/inbox-unified/bulk-send", R"({"item_ids":"x"})", 422, "item_ids"},
      {"GET", "/api/inbox-unified/check-auto-send/x", "", 400, "path.lead_id"},
      {"GET", "/api/inbox-unified/check-auto-send/" + stranger, "", 404, "lead_id"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.method + " " + one.target + " " + one.body);
    const auto answer = server().call(one.method, one.target, anna.token, one.body);
    EXPECT_EQ(answer.status, one.status) << answer.raw.body;
    EXPECT_EQ(answer.first_field(), one.field) << answer.raw.body;
  }
}

}  // namespace
}  // namespace salesflow::test
