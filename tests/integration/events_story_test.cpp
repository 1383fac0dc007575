// A salesperson's messages, from sign-up to the suggested reply, over HTTP.
#include <algorithm>
#include <set>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

using EventsStory = ServerStory;

TEST_F(EventsStory, AMessageIsStoredListedDecidedAndSuggestedTo) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string text = "Grüße \xF0\x9F\x98\x80 <b>aus</b>  Wien";
  const auto created = server().call("POST", "/api/autopilot/message-event", anna.token,
                                     json::serialize(json::object{{"channel", "whatsapp"},
                                                                  {"direction", "inbound"},
                                                                  {"text", text},
                                                                  {"raw_payload", {{"from", "+43"}}},
                                                                  {"unknown_member", 1}}));
  ASSERT_EQ(created.status, 200) << created.raw.body;
  EXPECT_EQ(created.header("ETag"), "\"v1\"");
  EXPECT_NE(created.header("SalesFlow-Xid"), "") << "a write says what it was";
  const auto& event = created.body.at("event").as_object();
  for (const char* key :
       {"id", "user_id", "contact_id", "channel", "direction", "text", "normalized_text", "raw_payload",
        "suggested_reply", "autopilot_status", "template_version", "persona_variant", "created_at", "row_version"}) {
    EXPECT_TRUE(event.contains(key)) << key;
  }
  EXPECT_EQ(event.at("text").as_string(), text);
  EXPECT_EQ(event.at("normalized_text").as_string(), "Grüße \xF0\x9F\x98\x80 aus Wien");
  EXPECT_EQ(event.at("autopilot_status").as_string(), "pending");
  EXPECT_EQ(event.at("user_id").as_string(), anna.user_id);
  const std::string id(event.at("id").as_string());

  EXPECT_EQ(server().get("/api/autopilot/message-event/" + id, anna.token).body.at("event"), created.body.at("event"));
  const auto pending = server().get("/api/autopilot/message-events/pending?channel=whatsapp&limit=20", anna.token);
  EXPECT_EQ(pending.body.at("count").as_int64(), 1);
  EXPECT_EQ(pending.body.at("events").at(0), created.body.at("event"));

  const auto suggested =
      server().call("PUT", "/api/autopilot/message-event/" + id + "/suggested-reply", anna.token,
                    R"({"text":"Gerne!","confidence":0.9,"own_member":[1,2]})", {{"If-Match", "\"v1\""}});
  ASSERT_EQ(suggested.status, 200) << suggested.raw.body;
  EXPECT_EQ(suggested.body.at("event").at("suggested_reply").at("message").as_string(), "Gerne!");
  EXPECT_EQ(suggested.body.at("event").at("suggested_reply").at("own_member").as_array().size(), 2u);
  EXPECT_EQ(suggested.body.at("event").at("autopilot_status").as_string(), "suggested");

  const auto stale = server().call("PATCH", "/api/autopilot/message-event/" + id, anna.token,
                                   R"({"autopilot_status":"sent"})", {{"If-Match", "\"v1\""}});
  EXPECT_EQ(stale.status, 412) << stale.raw.body;
  const auto sent = server().call("PATCH", "/api/autopilot/message-event/" + id, anna.token,
                                  R"({"autopilot_status":"sent"})", {{"If-Match", "\"v2\""}});
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(sent.body.at("event").at("row_version").as_int64(), 3);
  EXPECT_EQ(server().get("/api/autopilot/message-events/pending", anna.token).body.at("count").as_int64(), 0);

  const auto unchanged = server().call("GET", "/api/autopilot/message-event/" + id, anna.token, {},
                                       {{"If-None-Match", sent.header("ETag")}});
  EXPECT_EQ(unchanged.status, 304);
}

TEST_F(EventsStory, AnotherUserGetsFourOhFour) {
  const auto anna = server().sign_up("anna@example.com");
  const auto ben = server().sign_up("ben@example.com");
  const std::string id = create_event(anna.token, "secret");
  const std::string path = "/api/autopilot/message-event/" + id;
  EXPECT_EQ(server().get(path, ben.token).status, 404);
  EXPECT_EQ(server().call("PATCH", path, ben.token, R"({"autopilot_status":"sent"})").status, 404);
  EXPECT_EQ(server().call("PUT", path + "/suggested-reply", ben.token, R"({"text":"x"})").status, 404);
  EXPECT_EQ(server().get("/api/autopilot/message-events", ben.token).body.at("count").as_int64(), 0);
  // The old headers change nothing.
  const auto claimed =
      server().call("GET", path, ben.token, {}, {{"X-User-Id", anna.user_id}, {"X-Org-Id", anna.user_id}});
  EXPECT_EQ(claimed.status, 404);
  EXPECT_EQ(server().call("GET", "/api/autopilot/message-events", {}, {}, {{"X-User-Id", anna.user_id}}).status, 401);
}

TEST_F(EventsStory, PagesFollowTheLinkToTheEndWithoutGapOrDouble) {
  const auto anna = server().sign_up("anna@example.com");
  database.run(
      "INSERT INTO message_events (user_id, channel, direction, text, normalized_text, autopilot_status, created_at) "
      "SELECT $1, (ARRAY['email','internal'])[1 + i % 2], 'inbound', 't' || i, 't' || i, 'pending', now() - (i / 3) * "
      "interval '1 second' "
      "FROM generate_series(1, 123) AS i",
      {anna.user_id});
  for (const std::string list : {"message-events?limit=10", "message-events?limit=10&channel=email&status=pending",
                                 "message-events/pending?limit=10"}) {
    std::set<std::string> ids;
    std::string target = "/api/autopilot/" + list;
    int pages = 0;
    while (!target.empty() && pages < 30) {
      const auto page = server().get(target, anna.token);
      ASSERT_EQ(page.status, 200) << page.raw.body;
      ++pages;
      for (const auto& event : page.body.at("events").as_array())
        EXPECT_TRUE(ids.insert(std::string(event.at("id").as_string())).second);
      const std::string link = page.header("Link");
      EXPECT_EQ(page.body.at("has_more").as_bool(), !link.empty());
      target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    EXPECT_EQ(ids.size(), list.find("channel=email") == std::string::npos ? 123u : 61u) << list;
  }
}

TEST_F(EventsStory, AnIdempotencyKeyMakesOneEventOfTwoRequests) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string body = R"({"channel":"email","direction":"inbound","text":"once"})";
  const Headers key{{"Idempotency-Key", "order-1"}};
  const auto first = server().call("POST", "/api/autopilot/message-event", anna.token, body, key);
  ASSERT_EQ(first.status, 200) << first.raw.body;
  const auto second = server().call("POST", "/api/autopilot/message-event", anna.token, body, key);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.raw.body, first.raw.body);
  EXPECT_EQ(second.header("ETag"), first.header("ETag"));
  // A stamp of its own, for all tables: who repeats may not have got the first one.
  const std::string stamp = second.header("SalesFlow-Xid");
  EXPECT_NE(stamp, first.header("SalesFlow-Xid"));
  EXPECT_EQ(std::count(stamp.begin(), stamp.end(), '.'), 2) << stamp;
  const auto other = server().call("POST", "/api/autopilot/message-event", anna.token,
                                   R"({"channel":"email","direction":"inbound","text":"other"})", key);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.first_field(), "Idempotency-Key");
  // A refused request is remembered as refused, and leaves nothing.
  const Headers bad_key{{"Idempotency-Key", "order-2"}};
  EXPECT_EQ(server().call("POST", "/api/autopilot/message-event", anna.token, R"({"channel":"fax"})", bad_key).status,
            422);
  EXPECT_EQ(server().call("POST", "/api/autopilot/message-event", anna.token, R"({"channel":"fax"})", bad_key).status,
            422);
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 1);
  // Keys are per user.
  const auto ben = server().sign_up("ben@example.com");
  EXPECT_NE(server().call("POST", "/api/autopilot/message-event", ben.token, body, key).raw.body, first.raw.body);
}

TEST_F(EventsStory, OneOfManyEqualRequestsAtOnceHasTheEffect) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string body = R"({"channel":"email","direction":"inbound","text":"race"})";
  std::vector<std::thread> threads;
  std::atomic<int> stored{0}, in_flight{0}, other{0};
  RunningServer& running = server();
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto answer =
          running.call("POST", "/api/autopilot/message-event", anna.token, body, {{"Idempotency-Key", "race"}});
      ++(answer.status == 200 ? stored : answer.status == 409 ? in_flight : other);
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_GE(stored, 1);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 1);
}

TEST_F(EventsStory, AutopilotSettingsAndStatistics) {
  const auto anna = server().sign_up("anna@example.com");
  const auto fallback = server().get("/api/autopilot/settings", anna.token);
  EXPECT_EQ(fallback.body.at("settings").at("id").as_string(), "default");
  EXPECT_EQ(fallback.body.at("settings").at("min_confidence").as_int64(), 90);
  const auto stored =
      server().call("PUT", "/api/autopilot/settings", anna.token, R"({"mode":"auto","channels":["email","whatsapp"]})");
  ASSERT_EQ(stored.status, 200) << stored.raw.body;
  EXPECT_EQ(server().get("/api/autopilot/settings", anna.token).body.at("settings").at("mode").as_string(), "auto");
  EXPECT_EQ(server().call("POST", "/api/autopilot/settings", anna.token, R"({"max_auto_replies_per_day":1001})").status,
            422);
  EXPECT_EQ(server().get("/api/autopilot/stats", anna.token).body.at("pending_review").as_int64(), 0);
}

TEST_F(EventsStory, EveryListIsOneStatementAndOneRoundTrip) {
  const auto anna = server().sign_up("anna@example.com");
  create_event(anna.token, "x");
  for (const char* target :
       {"/api/autopilot/message-events", "/api/autopilot/message-events?status=pending&channel=email",
        "/api/autopilot/message-events/pending", "/api/autopilot/stats", "/api/autopilot/settings"}) {
    const auto answer = server().get(target, anna.token);
    ASSERT_EQ(answer.status, 200);
  }
  server().process().stop(SIGTERM, std::chrono::seconds(15));
  std::istringstream lines(server().log_text());
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"route\":\"/api/autopilot/") == std::string::npos ||
        line.find("\"method\":\"GET\"") == std::string::npos)
      continue;
    ++seen;
    EXPECT_NE(line.find("\"statements\":1"), std::string::npos) << line;
    EXPECT_NE(line.find("\"round_trips\":1"), std::string::npos) << line;
  }
  EXPECT_EQ(seen, 5);
}

}  // namespace
}  // namespace salesflow::test
