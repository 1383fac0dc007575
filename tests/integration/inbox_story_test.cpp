// A salesperson's conversations, from the first message to a sequence's end, over HTTP.
#include <mutex>
#include <set>
#include <thread>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class InboxStory : public ServerStory {
 protected:
  InboxStory() { extra = {{"SALESFLOW_PROCESS_SEQUENCES", "false"}}; }

  RunningServer::Person anna = server().sign_up("anna@example.com");

  JsonAnswer post(const std::string& path, const std::string& body = "", Headers headers = {}) {
    return server().call("POST", "/api/idps" + path, anna.token, body, std::move(headers));
  }
  JsonAnswer get(const std::string& path) { return server().get("/api/idps" + path, anna.token); }
  std::string create(const std::string& body = R"({"platform":"instagram","platform_contact_handle":"@eva"})") {
    const auto answer = post("/conversations", body);
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    return std::string(answer.body.at("conversation").at("id").as_string());
  }
  JsonAnswer receive(const std::string& id, const std::string& content) {
    return post("/receive-message?conversation_id=" + id + "&content=" + content);
  }
  std::string status_of(const std::string& id) {
    return std::string(get("/conversations/" + id).body.at("conversation").at("status").as_string());
  }
};

TEST_F(InboxStory, AConversationIsOpenedAnsweredAndListed) {
  const auto created = post("/conversations", R"({"platform":"instagram","platform_contact_handle":"@eva",
    "platform_conversation_id":"t-1","platform_metadata":{"n":12345678901234567890},"colour":1})");
  ASSERT_EQ(created.status, 200) << created.raw.body;
  EXPECT_EQ(created.header("ETag"), "\"v1\"");
  EXPECT_NE(created.header("SalesFlow-Xid"), "");
  const auto& conversation = created.body.at("conversation").as_object();
  for (const char* key : {"platform",
                          "platform_conversation_id",
                          "platform_contact_handle",
                          "contact_id",
                          "status",
                          "overall_sentiment",
                          "priority_score",
                          "deep_link_url",
                          "platform_metadata",
                          "id",
                          "user_id",
                          "current_sequence_phase",
                          "last_sequence_action_at",
                          "next_sequence_action_at",
                          "sequence_paused",
                          "pause_until",
                          "messages_sent",
                          "messages_received",
                          "last_message_at",
                          "last_inbound_at",
                          "last_outbound_at",
                          "avg_response_time_hours",
                          "detected_intent",
                          "created_at",
                          "updated_at",
                          "row_version"})
    EXPECT_TRUE(conversation.contains(key)) << key;
  const std::string id(conversation.at("id").as_string());
  EXPECT_EQ(post("/conversations", R"({"platform":"instagram","platform_conversation_id":"t-1"})")
                .body.at("conversation")
                .at("id")
                .as_string(),
            id);

  const auto sent = post("/conversations/" + id + "/messages",
                         R"({"conversation_id":")" + id + R"(","content":"Hallo Eva","schedule_at":"x"})");
  ASSERT_EQ(sent.status, 200) << sent.raw.body;
  EXPECT_EQ(sent.body.at("message").at("direction").as_string(), "outbound");
  EXPECT_EQ(status_of(id), "dm_initiated_no_response");
  const auto received = receive(id, "Bin%20interessiert%2C%20was%20kostet%20das%3F&platform_message_id=m-1");
  ASSERT_EQ(received.status, 200) << received.raw.body;
  EXPECT_TRUE(received.body.at("message").at("contains_interest_signal").as_bool());
  EXPECT_EQ(received.body.at("message").at("platform_message_id").as_string(), "m-1");
  EXPECT_EQ(status_of(id), "needs_human_attention");

  const auto inbox = get("/inbox?platforms=instagram,email&statuses=needs_human_attention&needs_attention=true");
  ASSERT_EQ(inbox.status, 200) << inbox.raw.body;
  EXPECT_EQ(inbox.body.at("total_count").as_int64(), 1);
  EXPECT_EQ(inbox.body.at("unread_total").as_int64(), 1);
  EXPECT_EQ(inbox.body.at("needs_attention_count").as_int64(), 1);
  const auto& item = inbox.body.at("items").at(0).as_object();
  EXPECT_EQ(item.at("last_message_preview").as_string(), "Bin interessiert, was kostet das?");
  EXPECT_EQ(item.at("last_message_direction").as_string(), "inbound");
  EXPECT_EQ(item.at("unread_count").as_int64(), 1);
  EXPECT_EQ(item.at("days_since_last_contact").as_int64(), 0);
  EXPECT_EQ(get("/inbox?search=INTERESSIERT").body.at("items").as_array().size(), 1u);
  EXPECT_EQ(get("/inbox?search=niemand").body.at("total_count").as_int64(), 0);
  EXPECT_TRUE(get("/inbox?count=none").body.at("total_count").is_null());

  const auto messages = get("/conversations/" + id + "/messages");
  EXPECT_EQ(messages.body.at("count").as_int64(), 2);
  EXPECT_EQ(messages.body.at("messages").at(0).at("content").as_string(), "Bin interessiert, was kostet das?");
  const auto draft = post("/conversations/" + id + "/generate-draft", R"({"tone":"formal","max_length":200})");
  ASSERT_EQ(draft.status, 200) << draft.raw.body;
  EXPECT_EQ(draft.body.at("detected_intent").as_string(), "interest");
  EXPECT_NE(get("/conversations/" + id + "/best-time").body.at("best_time_to_contact").as_string().find(":00"),
            std::string::npos);
  EXPECT_EQ(get("/connections").body.at("connections").as_array().size(), 5u);
  const auto analytics = get("/analytics");
  EXPECT_EQ(analytics.body.as_object().size(), 11u);
  EXPECT_EQ(analytics.body.at("response_rate").to_number<double>(), 100);
  EXPECT_EQ(analytics.body.at("daily_messages_received").at(29).at("count").as_int64(), 1);
  EXPECT_EQ(server().get("/api/idps/health").status, 200);

  const auto ben = server().sign_up("ben@example.com");
  EXPECT_EQ(server().get("/api/idps/conversations/" + id, ben.token).status, 404);
  EXPECT_EQ(server().get("/api/idps/inbox", ben.token).body.at("total_count").as_int64(), 0);
  EXPECT_EQ(server().call("POST", "/api/idps/receive-message?content=x&conversation_id=" + id, ben.token).status, 404);
}

TEST_F(InboxStory, AMessageThatIsDeliveredTwelveTimesAtOnceIsOneMessageWithOneAnswer) {
  const std::string id = create();
  RunningServer& running = server();
  std::mutex guard;
  std::set<std::string> answers;
  const auto deliver = [&](Headers headers) {
    const auto answer =
        running.call("POST", "/api/idps/receive-message?content=Hallo&platform_message_id=m1&conversation_id=" + id,
                     anna.token, {}, std::move(headers));
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    const std::lock_guard lock(guard);
    answers.insert(answer.raw.body);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&, i] { deliver(i % 4 == 0 ? Headers{{"Idempotency-Key", std::to_string(i)}} : Headers{}); });
  for (auto& thread : threads)
    thread.join();
  deliver({});
  EXPECT_EQ(answers.size(), 1u);
  const auto inbox = get("/inbox");
  EXPECT_EQ(inbox.body.at("unread_total"), 1) << inbox.raw.body;
  EXPECT_EQ(get("/conversations/" + id + "/messages").body.at("count"), 1);
}

TEST_F(InboxStory, ASequenceRunsThroughDraftsAndEndsWithAReply) {
  const std::string id = create();
  const auto started = post("/conversations/" + id + "/start-sequence", R"({"conversation_id":")" + id + "\"}");
  ASSERT_EQ(started.status, 200) << started.raw.body;
  EXPECT_TRUE(started.body.at("sequence_started").as_bool());
  EXPECT_EQ(started.body.at("current_phase").as_int64(), 1);
  EXPECT_EQ(post("/process-sequences").body.at("summary").at("processed").as_int64(), 0) << "due in 48 hours";
  const auto patch = [&](const std::string& body) {
    return server().call("PATCH", "/api/idps/conversations/" + id, anna.token, body);
  };
  ASSERT_EQ(patch(R"({"next_sequence_action_at":"2026-01-01T00:00:00Z"})").status, 200);
  const auto first = post("/process-sequences?limit=5");
  ASSERT_EQ(first.status, 200) << first.raw.body;
  EXPECT_EQ(first.body.at("summary").at("processed").as_int64(), 1);
  EXPECT_EQ(first.body.at("summary").at("details").at(0).at("action").as_string(), "draft_created");
  EXPECT_EQ(status_of(id), "needs_human_attention");
  EXPECT_EQ(get("/conversations/" + id).body.at("conversation").at("messages_sent").as_int64(), 0);
  const auto waiting = get("/conversations/" + id + "/messages").body.at("messages").at(0).as_object();
  EXPECT_EQ(waiting.at("delivery_status").as_string(), "pending");
  const std::string message = "/conversations/" + id + "/messages/" + std::string(waiting.at("id").as_string());
  const auto approved = post(message + "/approve", R"({"content":"Hallo Eva, kurz noch einmal"})");
  ASSERT_EQ(approved.status, 200) << approved.raw.body;
  EXPECT_EQ(approved.body.at("message").at("content").as_string(), "Hallo Eva, kurz noch einmal");
  EXPECT_EQ(post(message + "/approve").status, 404) << "it is a draft no more";
  EXPECT_EQ(server().call("DELETE", "/api/idps" + message, anna.token).status, 404);
  EXPECT_EQ(status_of(id), "in_sequence");
  EXPECT_EQ(get("/conversations/" + id).body.at("conversation").at("messages_sent").as_int64(), 1);
  ASSERT_EQ(patch(R"({"next_sequence_action_at":"2026-01-01T00:00:00Z"})").status, 200);
  EXPECT_EQ(post("/process-sequences").body.at("summary").at("processed").as_int64(), 1);
  const std::string second(get("/conversations/" + id + "/messages").body.at("messages").at(0).at("id").as_string());
  EXPECT_EQ(server().call("DELETE", "/api/idps/conversations/" + id + "/messages/" + second, anna.token).status, 204);
  EXPECT_EQ(status_of(id), "in_sequence");
  EXPECT_EQ(receive(id, "kein%20Interesse").status, 200);
  EXPECT_EQ(status_of(id), "replied");
  EXPECT_TRUE(get("/conversations/" + id).body.at("conversation").at("next_sequence_action_at").is_null());
}

TEST_F(InboxStory, ChangesAreConditionalAndRepeatsAreSafe) {
  const std::string id = create();
  const std::string path = "/api/idps/conversations/" + id;
  const auto changed = server().call("PATCH", path, anna.token, R"({"priority_score":90,"overall_sentiment":null})",
                                     {{"If-Match", "\"v1\""}});
  ASSERT_EQ(changed.status, 200) << changed.raw.body;
  EXPECT_TRUE(changed.body.at("conversation").at("overall_sentiment").is_null());
  EXPECT_EQ(server().call("PATCH", path, anna.token, R"({"priority_score":1})", {{"If-Match", "\"v1\""}}).status, 412);
  const auto paused = server().call("POST", path + "/status?new_status=delay_requested&pause_days=3", anna.token, "",
                                    {{"If-Match", "\"v2\""}});
  ASSERT_EQ(paused.status, 200) << paused.raw.body;
  EXPECT_EQ(paused.body.at("new_status").as_string(), "delay_requested");
  EXPECT_TRUE(paused.body.at("pause_until").is_string());
  const Headers key{{"Idempotency-Key", "k"}};
  const std::string send = "/conversations/" + id + "/messages";
  EXPECT_EQ(post(send, R"({"content":"once"})", key).raw.body, post(send, R"({"content":"once"})", key).raw.body);
  EXPECT_EQ(get(send).body.at("count").as_int64(), 1);
}

TEST_F(InboxStory, PagesFollowTheLinkToTheEndWithoutGapOrDouble) {
  database.run(
      "INSERT INTO dm_conversations (user_id, platform, status, priority_score, last_message_at) SELECT $1, 'email', "
      "(ARRAY['new','replied','archived'])[1 + i % 3], i % 4 * 10, CASE WHEN i % 5 > 0 THEN now() - i / 3 * interval "
      "'1 hour' END FROM generate_series(1, 123) AS i",
      {anna.user_id});
  for (const std::string list : {"limit=10", "limit=10&sort=newest", "limit=10&statuses=new,replied",
                                 "limit=10&sort=newest&statuses=new,replied&platforms=email"}) {
    std::set<std::string> ids;
    std::string target = "/api/idps/inbox?" + list;
    int pages = 0;
    while (!target.empty() && pages++ < 30) {
      const auto page = server().get(target, anna.token);
      ASSERT_EQ(page.status, 200) << page.raw.body;
      for (const auto& item : page.body.at("items").as_array())
        EXPECT_TRUE(ids.insert(std::string(item.at("id").as_string())).second);
      const std::string link = page.header("Link");
      target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    EXPECT_EQ(ids.size(), list.find("statuses") == std::string::npos ? 123u : 82u) << list;
  }
}

TEST_F(InboxStory, BadInputIsRefusedNamingTheFieldAndLeavesNothing) {
  const std::string id = create(), none = "0190a6f2-7c3d-7abc-9def-0123456789ab";
  const std::string own = "/conversations/" + id;
  struct Case {
    std::string method, path, body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"GET", "/inbox?platforms=fax", "", 422, "query.platforms"},
      {"GET", "/inbox?platforms=email,,fax", "", 422, "query.platforms"},
      {"GET", "/inbox?statuses=lost", "", 422, "query.statuses"},
      {"GET", "/inbox?needs_attention=maybe", "", 422, "query.needs_attention"},
      {"GET", "/inbox?sort=name", "", 422, "query.sort"},
      {"GET", "/inbox?count=all", "", 422, "query.count"},
      {"GET", "/inbox?limit=0", "", 422, "query.limit"},
      {"GET", "/inbox?limit=201", "", 422, "query.limit"},
      {"GET", "/inbox?offset=-1", "", 422, "query.offset"},
      {"GET", "/inbox?offset=10001", "", 422, "query.offset"},
      {"GET", "/inbox?offset=10", "", 422, "query.offset"},
      {"GET", "/inbox?offset=x", "", 422, "query.offset"},
      {"GET", "/inbox?cursor=nonsense", "", 400, "query.cursor"},
      {"GET", "/inbox?search=%00", "", 400, ""},
      {"GET", "/inbox?search=%FF", "", 400, ""},
      {"GET", "/inbox?search=" + std::string(201, 'x'), "", 422, "query.search"},
      {"POST", "/conversations", "", 400, "body"},
      {"POST", "/conversations", "{}", 422, "platform"},
      {"POST", "/conversations", R"({"platform":"fax"})", 422, "platform"},
      {"POST", "/conversations", R"({"platform":"email","contact_id":"x"})", 422, "contact_id"},
      {"POST", "/conversations", R"({"platform":"email","contact_id":")" + none + "\"}", 404, "contact_id"},
      {"POST", "/conversations", R"({"platform":"email","platform_contact_handle":"a\u0000b"})", 400, "body"},
      {"POST", "/conversations", R"({"platform":"email","platform_contact_handle":")" + std::string(301, 'x') + "\"}",
       422, "platform_contact_handle"},
      {"GET", "/conversations/nobody", "", 400, "path.conversation_id"},
      {"GET", "/conversations/" + none, "", 404, "conversation_id"},
      {"PATCH", own, "{}", 422, "body"},
      {"PATCH", own, R"({"status":"lost"})", 422, "status"},
      {"PATCH", own, R"({"status":null})", 422, "status"},
      {"PATCH", own, R"({"priority_score":101})", 422, "priority_score"},
      {"PATCH", own, R"({"priority_score":null})", 422, "priority_score"},
      {"PATCH", own, R"({"priority_score":1e400})", 422, "priority_score"},
      {"PATCH", own, R"({"overall_sentiment":"angry"})", 422, "overall_sentiment"},
      {"PATCH", own, R"({"pause_until":"tomorrow"})", 422, "pause_until"},
      {"PATCH", own, R"({"contact_id":")" + none + "\"}", 404, "contact_id"},
      {"PATCH", "/conversations/" + none, R"({"priority_score":1})", 404, "conversation_id"},
      {"POST", own + "/status", "", 422, "query.new_status"},
      {"POST", own + "/status?new_status=gone", "", 422, "query.new_status"},
      {"POST", own + "/status?new_status=archived&pause_days=3", "", 422, "query.pause_days"},
      {"POST", own + "/status?new_status=delay_requested&pause_days=0", "", 422, "query.pause_days"},
      {"POST", "/conversations/" + none + "/status?new_status=archived", "", 404, "conversation_id"},
      {"GET", own + "/messages?limit=999", "", 422, "query.limit"},
      {"GET", own + "/messages?cursor=x", "", 400, "query.cursor"},
      {"GET", own + "/messages?offset=3", "", 422, "query.offset"},
      {"GET", "/conversations/" + none + "/messages", "", 404, "conversation_id"},
      {"POST", own + "/messages", R"({"content":""})", 422, "content"},
      {"POST", own + "/messages", R"({"content":"x","conversation_id":")" + none + "\"}", 422, "conversation_id"},
      {"POST", "/conversations/" + none + "/messages", R"({"content":"x"})", 404, "conversation_id"},
      {"POST", "/receive-message?content=x", "", 422, "query.conversation_id"},
      {"POST", "/receive-message?conversation_id=" + id, "", 422, "query.content"},
      {"POST", "/receive-message?content=x&conversation_id=" + none, "", 404, "conversation_id"},
      {"POST", own + "/start-sequence", R"({"template_id":")" + none + "\"}", 404, "template_id"},
      {"POST", "/conversations/" + none + "/start-sequence", "", 404, "conversation_id"},
      {"POST", "/process-sequences?limit=101", "", 422, "query.limit"},
      {"POST", "/process-sequences?limit=0", "", 422, "query.limit"},
      {"POST", own + "/generate-draft", R"({"max_length":49})", 422, "max_length"},
      {"POST", own + "/generate-draft", R"({"tone":"rude"})", 422, "tone"},
      {"POST", "/conversations/" + none + "/generate-draft", "", 404, "conversation_id"},
      {"GET", "/conversations/" + none + "/best-time", "", 404, "conversation_id"},
      {"POST", own + "/messages/" + none + "/approve", "", 404, "message_id"},
      {"DELETE", own + "/messages/" + none, "", 404, "message_id"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.method + " " + bad.path.substr(0, 120) + " " + bad.body.substr(0, 80));
    const auto answer = server().call(bad.method, "/api/idps" + bad.path, anna.token, bad.body);
    EXPECT_EQ(answer.status, bad.status) << answer.raw.body;
    EXPECT_NE(answer.detail(), "") << answer.raw.body;
    if (!bad.field.empty()) {
      EXPECT_EQ(answer.first_field(), bad.field) << answer.raw.body;
    }
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM dm_messages").integer(), 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM dm_conversations WHERE row_version = 1").integer(), 1);
}

TEST_F(InboxStory, EveryReadIsOneStatementAndOneRoundTrip) {
  const std::string id = create();
  EXPECT_EQ(receive(id, "Hallo").status, 200);
  for (const std::string target : {"/inbox", "/inbox?sort=newest&statuses=new,replied&platforms=email,sms",
                                   "/inbox?search=hallo", "/inbox?needs_attention=true", "/connections", "/analytics"})
    ASSERT_EQ(get(target).status, 200) << target;
  ASSERT_EQ(get("/conversations/" + id + "/messages").status, 200);
  ASSERT_EQ(get("/conversations/" + id + "/best-time").status, 200);
  ASSERT_EQ(post("/process-sequences").status, 200);
  ASSERT_EQ(post("/conversations/" + id + "/messages", R"({"content":"x"})").status, 200);
  server().process().stop(SIGTERM, std::chrono::seconds(15));
  std::istringstream lines(server().log_text());
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"route\":\"/api/idps/") == std::string::npos)
      continue;
    ++seen;
    EXPECT_NE(line.find("\"statements\":1"), std::string::npos) << line;
    EXPECT_NE(line.find("\"round_trips\":1"), std::string::npos) << line;
  }
  EXPECT_EQ(seen, 12);
}

TEST_F(InboxStory, BadgesAreExactBeyondAThousand) {
  for (const int conversations : {1'000, 1}) {
    database.run(
        "WITH c AS (INSERT INTO dm_conversations (user_id, platform, status) SELECT id, 'email', "
        "'needs_human_attention' FROM users, generate_series(1, $1::int) RETURNING id, user_id) "
        "INSERT INTO dm_messages (conversation_id, user_id, direction, content) SELECT id, user_id, 'inbound', 'Hallo' "
        "FROM c",
        {std::to_string(conversations)});
    const auto inbox = get("/inbox?limit=1").body;
    EXPECT_EQ(inbox.at("total_count").as_int64(), conversations == 1 ? 1'001 : 1'000);
    EXPECT_EQ(inbox.at("unread_total").as_int64(), conversations == 1 ? 1'001 : 1'000);
    EXPECT_FALSE(inbox.at("unread_total_is_capped").as_bool());
    EXPECT_EQ(inbox.at("needs_attention_count").as_int64(), conversations == 1 ? 1'001 : 1'000);
    EXPECT_FALSE(inbox.at("needs_attention_count_is_capped").as_bool());
  }
}

class InboxJob : public ServerStory {};

TEST_F(InboxJob, TheBackgroundJobMovesDueSequencesOn) {
  const auto account = database.create_account("anna@example.com");
  database.run(
      "INSERT INTO dm_conversations (user_id, platform, status, current_sequence_phase, sequence_started_at, "
      "next_sequence_action_at) SELECT $1, 'email', 'in_sequence', 1, now() - interval '49 hours', now() FROM "
      "generate_series(1, 120)",
      {account.user_id.to_string()});
  server();
  for (int i = 0; i < 100; ++i) {
    if (database.run("SELECT count(*) FROM dm_messages WHERE delivery_status = 'pending'").integer() == 120)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(database.run("SELECT count(DISTINCT conversation_id) || ' ' || count(*) FROM dm_messages").value(),
            "120 120");
}

}  // namespace
}  // namespace salesflow::test
