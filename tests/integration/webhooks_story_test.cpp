// Another service delivers messages without a token: signed, fresh, once.
#include <mutex>
#include <set>
#include <thread>

#include "features/webhooks/signature.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class WebhooksStory : public ServerStory {
 protected:
  struct Hook {
    std::string id, secret;
  };
  Hook make_secret(const std::string& token, const std::string& channel) {
    const auto made = server().call("POST", "/api/webhooks/secrets", token, R"({"channel":")" + channel + "\"}");
    EXPECT_EQ(made.status, 201) << made.raw.body;
    EXPECT_EQ(made.header("Cache-Control"), "no-store");
    return {std::string(made.body.at("id").as_string()), std::string(made.body.at("secret").as_string())};
  }
  static std::string now_text(std::chrono::seconds shift = {}) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(system_now() + shift).time_since_epoch().count());
  }
  static Headers sign(const std::string& secret, const std::string& body, const std::string& timestamp = now_text()) {
    return {{"X-SalesFlow-Timestamp", timestamp}, {"X-SalesFlow-Signature", webhooks::sign(secret, timestamp, body)}};
  }
  JsonAnswer deliver(const std::string& channel, const std::string& body, Headers headers) {
    return server().call("POST", "/api/webhooks/" + channel, {}, body, std::move(headers));
  }
};

TEST_F(WebhooksStory, EachChannelsMessageBecomesItsOwnersEvent) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string me = R"({"user_id":")" + anna.user_id + "\",";
  struct Case {
    std::string hook, body, channel, text, direction;
  };
  const Case cases[] = {
      {"email", me + R"("from":"eva@x.com","to":"anna@x.com","subject":"Angebot","body":"Ja <b>gern</b>"})", "email",
       "Angebot\n\nJa <b>gern</b>", "inbound"},
      {"whatsapp", me + R"("from":"+43664","to":"+43665","message":"Grüße \ud83d\ude00","direction":"outbound"})",
       "whatsapp", "Grüße \xF0\x9F\x98\x80", "outbound"},
      {"social", me + R"("platform":"linkedin","from":"eva","to":"anna","message":"Hallo"})", "linkedin", "Hallo",
       "inbound"},
      {"generic", me + R"("message":"Notiz","metadata":{"n":12345678901234567890.5}})", "internal", "Notiz", "inbound"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.hook);
    const auto hook = make_secret(anna.token, one.hook);
    const auto answer = deliver(one.hook, one.body, sign(hook.secret, one.body));
    ASSERT_EQ(answer.status, 200) << answer.raw.body;
    const auto event =
        server()
            .get("/api/autopilot/message-event/" + std::string(answer.body.at("event_id").as_string()), anna.token)
            .body.at("event");
    EXPECT_EQ(event.at("channel").as_string(), one.channel);
    EXPECT_EQ(event.at("text").as_string(), one.text);
    EXPECT_EQ(event.at("direction").as_string(), one.direction);
    EXPECT_EQ(event.at("autopilot_status").as_string(), "pending");
    EXPECT_EQ(event.at("raw_payload").at("webhook").as_string(), one.hook);
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events WHERE org_id IS NOT NULL").integer(), 4);
  const auto list = server().get("/api/webhooks/secrets", anna.token);
  EXPECT_EQ(list.body.at("secrets").as_array().size(), 4u);
  EXPECT_EQ(list.raw.body.find("whsec_"), std::string::npos);
}

TEST_F(WebhooksStory, WhatIsForgedOldOrElsewhereIsRefusedInTheSameWords) {
  const auto anna = server().sign_up("anna@example.com"), ben = server().sign_up("ben@example.com");
  const auto hook = make_secret(anna.token, "whatsapp"), bens = make_secret(ben.token, "whatsapp"),
             mail = make_secret(anna.token, "email");
  const std::string body = R"({"user_id":")" + anna.user_id + R"(","from":"a","to":"b","message":"Hallo"})";
  std::string tampered = body;
  tampered.replace(tampered.find("Hallo"), 5, "Hello");
  struct Case {
    const char* what;
    std::string channel, body;
    Headers headers;
  };
  const Case cases[] = {
      {"no headers", "whatsapp", body, {}},
      {"a tampered body", "whatsapp", tampered, sign(hook.secret, body)},
      {"an old timestamp", "whatsapp", body, sign(hook.secret, body, now_text(std::chrono::seconds(-310)))},
      {"a timestamp of the future", "whatsapp", body, sign(hook.secret, body, now_text(std::chrono::seconds(330)))},
      {"no timestamp at all", "whatsapp", body, sign(hook.secret, body, "now")},
      {"the other channel", "email", body, sign(hook.secret, body)},
      {"the other channel's secret", "whatsapp", body, sign(mail.secret, body)},
      {"somebody else's secret", "whatsapp", body, sign(bens.secret, body)},
      {"the token is no signature", "whatsapp", body, {{"Authorization", "Bearer " + anna.token}}},
      {"an old service's header", "whatsapp", body, {{"X-Webhook-Secret", hook.secret}}},
  };
  std::string words;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    const auto answer = deliver(one.channel, one.body, one.headers);
    EXPECT_EQ(answer.status, 401) << answer.raw.body;
    if (words.empty())
      words = answer.detail();
    EXPECT_EQ(answer.detail(), words);
  }
  // Another timestamp under the same signature.
  auto shifted = sign(hook.secret, body);
  shifted["X-SalesFlow-Timestamp"] = now_text(std::chrono::seconds(-1));
  EXPECT_EQ(deliver("whatsapp", body, shifted).status, 401);
  // Rightly signed, in somebody else's name.
  auto foreign = sign(bens.secret, body);
  foreign["X-SalesFlow-Webhook-Id"] = bens.id;
  const auto answer = deliver("whatsapp", body, foreign);
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.first_field(), "user_id");
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 0);
}

TEST_F(WebhooksStory, AReplayIsItsEventAndARotationHasNoGap) {
  const auto anna = server().sign_up("anna@example.com");
  const auto first = make_secret(anna.token, "generic");
  const std::string body = R"({"user_id":")" + anna.user_id + R"(","message":"one"})",
                    other = R"({"user_id":")" + anna.user_id + R"(","message":"two"})";
  const std::string timestamp = now_text();
  const auto headers = sign(first.secret, body, timestamp);
  const auto delivered = deliver("generic", body, headers);
  EXPECT_EQ(delivered.status, 200);
  EXPECT_EQ(deliver("generic", body, headers).body, delivered.body);
  const auto second = make_secret(anna.token, "generic");
  EXPECT_EQ(deliver("generic", body, sign(second.secret, body, timestamp)).body, delivered.body) << "the same delivery";
  auto both = sign(first.secret, other);
  both["X-SalesFlow-Signature"] = "v1=" + std::string(64, '0') + ", " + both["X-SalesFlow-Signature"];
  EXPECT_EQ(deliver("generic", other, both).status, 200) << "the old secret lives on for a while";
  EXPECT_EQ(server().call("DELETE", "/api/webhooks/secrets/" + first.id, anna.token).status, 204);
  EXPECT_EQ(server().call("DELETE", "/api/webhooks/secrets/" + first.id, anna.token).status, 404);
  const std::string third = R"({"user_id":")" + anna.user_id + R"(","message":"three"})";
  EXPECT_EQ(deliver("generic", third, sign(first.secret, third)).status, 401);
  EXPECT_EQ(deliver("generic", third, sign(second.secret, third)).status, 200);
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 3);
}

TEST_F(WebhooksStory, ARetryWithANewTimestampIsOneEventByTheMessagesIdOrTheKey) {
  const auto anna = server().sign_up("anna@example.com"), ben = server().sign_up("ben@example.com");
  const auto hook = make_secret(anna.token, "whatsapp"), bens = make_secret(ben.token, "whatsapp"),
             mail = make_secret(anna.token, "email");
  const auto body_of = [](const RunningServer::Person& owner, const std::string& message, const std::string& more) {
    return R"({"user_id":")" + owner.user_id + R"(","from":"a","to":"b","message":")" + message + "\"" + more + "}";
  };
  int second = -20;
  const auto send = [&](const std::string& body, const std::string& key = {}, const Hook* by = nullptr) {
    auto headers = sign((by ? *by : hook).secret, body, now_text(std::chrono::seconds(++second)));
    if (!key.empty())
      headers["Idempotency-Key"] = key;
    return deliver("whatsapp", body, headers);
  };
  const auto events = [&] { return database.run("SELECT count(*) FROM message_events").integer(); };
  for (const char* id :
       {R"(,"message_id":"wamid.1")", R"(,"platform_message_id":"wamid.2")", R"(,"metadata":{"message_id":"wamid.3"})",
        R"(,"metadata":{"wamid":"wamid.4"})", R"(,"metadata":{"message_id":991})"}) {
    SCOPED_TRACE(id);
    const auto before = events();
    const auto first = send(body_of(anna, "Hallo", id));
    ASSERT_EQ(first.status, 200) << first.raw.body;
    const auto again = send(body_of(anna, "Hallo", id));
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(send(body_of(anna, "Hallo", id), "a key beside the id").body, first.body);
    EXPECT_EQ(events(), before + 1);
  }
  const auto plain = body_of(anna, "Hallo", "");
  const auto keyed = send(plain, "k1");
  EXPECT_EQ(keyed.status, 200) << keyed.raw.body;
  EXPECT_EQ(send(plain, "k1").body, keyed.body);
  EXPECT_NE(send(plain, "k2").body, keyed.body);
  const auto other = send(body_of(anna, "Something else", ""), "k1");
  EXPECT_EQ(other.status, 422) << "it is not lost without a word";
  EXPECT_EQ(other.first_field(), "Idempotency-Key");
  EXPECT_EQ(send(plain, "\x01").status, 400);
  EXPECT_EQ(events(), 7);
  EXPECT_NE(send(plain).body, send(plain).body) << "without either two messages may say the same";
  EXPECT_EQ(send(body_of(ben, "Hallo", R"(,"message_id":"wamid.1")"), {}, &bens).status, 200);
  EXPECT_EQ(events(), 10) << "another user's message";
  const std::string letter =
      R"({"user_id":")" + anna.user_id + R"(","from":"a","to":"b","body":"x","message_id":"wamid.1"})";
  EXPECT_EQ(deliver("email", letter, sign(mail.secret, letter)).status, 200);
  EXPECT_EQ(events(), 11) << "another channel's id";
  // At once, each with a timestamp of its own.
  std::vector<std::thread> threads;
  std::mutex guard;
  std::set<std::string> answers;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      const auto body = body_of(anna, "Hallo", R"(,"message_id":"wamid.5")");
      const auto answer = deliver("whatsapp", body, sign(hook.secret, body, now_text(std::chrono::seconds(-i))));
      EXPECT_EQ(answer.status, 200) << answer.raw.body;
      const std::lock_guard lock(guard);
      answers.insert(answer.raw.body);
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(events(), 12);
}

TEST_F(WebhooksStory, BadFieldsAreNamedOnceTheSignatureIsRight) {
  const auto anna = server().sign_up("anna@example.com");
  std::map<std::string, Hook> hooks;
  for (const char* channel : {"email", "whatsapp", "social", "generic"})
    hooks[channel] = make_secret(anna.token, channel);
  const std::string me = R"({"user_id":")" + anna.user_id + "\"";
  struct Case {
    std::string channel, body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"email", "{", 400, "body"},
      {"email", "[]", 422, "body"},
      {"email", "{}", 422, "user_id"},
      {"email", R"({"user_id":"x"})", 422, "user_id"},
      {"email", me + R"(,"to":"b","body":"x"})", 422, "from"},
      {"email", me + R"(,"from":"a","body":"x"})", 422, "to"},
      {"email", me + R"(,"from":"a","to":"b"})", 422, "body"},
      {"email", me + R"(,"from":"a","to":"b","body":""})", 422, "body"},
      {"email", me + R"(,"from":"a","to":"b","body":"x","direction":"sideways"})", 422, "direction"},
      {"whatsapp", me + R"(,"from":"a","to":"b"})", 422, "message"},
      {"whatsapp", me + R"(,"from":"a","to":"b","message":"x","contact_id":"1"})", 422, "contact_id"},
      {"social", me + R"(,"from":"a","to":"b","message":"x"})", 422, "platform"},
      {"social", me + R"(,"platform":"fax","from":"a","to":"b","message":"x"})", 422, "platform"},
      {"generic", me + R"(,"channel":"fax","message":"x"})", 422, "channel"},
      {"generic", me + "}", 422, "message"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.channel + " " + one.body);
    const auto answer = deliver(one.channel, one.body, sign(hooks[one.channel].secret, one.body));
    EXPECT_EQ(answer.status, one.status) << answer.raw.body;
    EXPECT_EQ(answer.first_field(), one.field) << answer.raw.body;
  }
  const std::string large = me + R"(,"message":")" + std::string(300 << 10, 'x') + "\"}";
  EXPECT_EQ(deliver("generic", large, sign(hooks["generic"].secret, large)).status, 413);
  auto bad_id = sign(hooks["generic"].secret, "{}");
  bad_id["X-SalesFlow-Webhook-Id"] = "x";
  EXPECT_EQ(deliver("generic", "{}", bad_id).status, 400);
  EXPECT_EQ(server().call("POST", "/api/webhooks/secrets", anna.token, R"({"channel":"fax"})").first_field(),
            "channel");
  EXPECT_EQ(server().call("POST", "/api/webhooks/secrets", {}, R"({"channel":"email"})").status, 401);
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 0);
  EXPECT_EQ(database.run("SELECT count(*) FROM webhook_deliveries").integer(), 0);
}

TEST_F(WebhooksStory, TooManyDeliveriesWaitAndRefusedOnesDoToo) {
  extra["SALESFLOW_WEBHOOK_RATE"] = "1";
  extra["SALESFLOW_WEBHOOK_BURST"] = "3";
  const auto anna = server().sign_up("anna@example.com");
  const auto hook = make_secret(anna.token, "generic");
  int stored = 0, slowed = 0, refused = 0;
  for (int i = 0; i < 12; ++i) {
    const std::string body = R"({"user_id":")" + anna.user_id + R"(","message":")" + std::to_string(i) + "\"}";
    const auto good = deliver("generic", body, sign(hook.secret, body));
    stored += good.status == 200;
    slowed += good.status == 429 && !good.header("Retry-After").empty();
    refused += deliver("generic", body, {}).status == 401;
  }
  EXPECT_GE(stored, 3);
  EXPECT_GE(slowed, 1);
  EXPECT_GE(refused, 3);
  EXPECT_LT(refused, 12);
}

}  // namespace
}  // namespace salesflow::test
