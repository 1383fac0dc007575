// Nonsense over HTTP: the right 4xx with a detail that names the field, never a 500, nothing half-written.
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class BadInput : public ServerStory {
 protected:
  RunningServer::Person anna = server().sign_up("anna@example.com");
  const std::string create_path = "/api/autopilot/message-event";

  JsonAnswer create(std::string_view body) { return server().call("POST", create_path, anna.token, body); }
  /// Every refusal is a problem with text, and wrote nothing.
  void expect_refused(const JsonAnswer& answer, int status, const std::string& field) {
    EXPECT_EQ(answer.status, status) << answer.raw.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << answer.raw.head;
    EXPECT_NE(answer.detail(), "") << answer.raw.body;
    if (!field.empty()) {
      EXPECT_EQ(answer.first_field(), field) << answer.raw.body;
    }
  }
};

TEST_F(BadInput, BodiesOfACreate) {
  struct Case {
    std::string body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"", 400, "body"},
      {"{", 400, "body"},
      {"[]", 422, "body"},
      {"\"text\"", 422, "body"},
      {R"({"direction":"inbound","text":"x"})", 422, "channel"},
      {R"({"channel":"fax","direction":"inbound","text":"x"})", 422, "channel"},
      {R"({"channel":"email","direction":"sideways","text":"x"})", 422, "direction"},
      {R"({"channel":"email","direction":"inbound"})", 422, "text"},
      {R"({"channel":"email","direction":"inbound","text":""})", 422, "text"},
      {R"({"channel":"email","direction":"inbound","text":7})", 422, "text"},
      {R"({"channel":"email","direction":"inbound","text":"x","contact_id":"nobody"})", 422, "contact_id"},
      {R"({"channel":"email","direction":"inbound","text":"a\u0000b"})", 400, "body"},
      {R"({"channel":"email","direction":"inbound","text":"x","raw_payload":{"k\u0000":1}})", 400, "body"},
      {"{\"channel\":\"email\",\"direction\":\"inbound\",\"text\":\"\xFF\xFE\"}", 400, ""},
      {R"({"channel":"email","direction":"inbound","text":"x","raw_payload":)" + std::string(5'000, '[') +
           std::string(5'000, ']') + "}",
       400, "body"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.body.substr(0, 100));
    expect_refused(create(bad.body), bad.status, bad.field);
  }
  expect_refused(server().call("POST", create_path, anna.token,
                               R"({"channel":"email","direction":"inbound","text":"x","colour":1})",
                               {{"Prefer", "handling=strict"}}),
                 422, "colour");
  expect_refused(server().call("POST", create_path, anna.token, "channel=email", {{"Content-Type", "text/plain"}}), 415,
                 "");
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 0);
}

TEST_F(BadInput, QueriesOfAList) {
  const std::pair<const char*, const char*> cases[] = {
      {"limit=0", "query.limit"},          {"limit=201", "query.limit"},         {"limit=ten", "query.limit"},
      {"limit=1e2", "query.limit"},        {"status=lost", "query.status"},      {"channel=fax", "query.channel"},
      {"direction=up", "query.direction"}, {"contact_id=7", "query.contact_id"},
  };
  for (const auto& [query, field] : cases) {
    SCOPED_TRACE(query);
    expect_refused(server().get("/api/autopilot/message-events?" + std::string(query), anna.token), 422, field);
  }
  for (const char* query : {"cursor=nonsense", "cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    expect_refused(server().get("/api/autopilot/message-events?" + std::string(query), anna.token), 400,
                   "query.cursor");
  }
  expect_refused(server().get("/api/autopilot/message-events?status=%FF", anna.token), 400, "");
  expect_refused(server().get("/api/autopilot/message-events?status=%zz", anna.token), 400, "");
}

TEST_F(BadInput, ACursorOfSomebodyElseIsRefused) {
  for (int i = 0; i < 3; ++i)
    create_event(anna.token, "x");
  const auto page = server().get("/api/autopilot/message-events?limit=1", anna.token);
  const std::string cursor(page.body.at("next_cursor").as_string());
  const auto ben = server().sign_up("ben@example.com");
  expect_refused(server().get("/api/autopilot/message-events?limit=1&cursor=" + cursor, ben.token), 400,
                 "query.cursor");
  expect_refused(server().get("/api/autopilot/message-events?limit=1&status=pending&cursor=" + cursor, anna.token), 400,
                 "query.cursor");
}

TEST_F(BadInput, PathsMethodsAndConditions) {
  expect_refused(server().get("/api/autopilot/message-event/not-a-uuid", anna.token), 400, "path.event_id");
  expect_refused(server().get("/api/autopilot/message-event/0190a6f2-7c3d-7abc-9def-0123456789ab", anna.token), 404,
                 "event_id");
  expect_refused(server().get("/api/nowhere", anna.token), 404, "");
  const auto wrong_method = server().call("DELETE", create_path, anna.token);
  expect_refused(wrong_method, 405, "");
  EXPECT_NE(wrong_method.header("Allow").find("POST"), std::string::npos);
  const std::string id = create_event(anna.token, "x");
  expect_refused(server().call("PATCH", create_path + "/" + id, anna.token, R"({"autopilot_status":"sent"})",
                               {{"If-Match", "no quotes"}}),
                 400, "");
  expect_refused(server().call("PATCH", create_path + "/" + id, anna.token, R"({"autopilot_status":"gone"})"), 422,
                 "autopilot_status");
  expect_refused(server().call("PUT", create_path + "/" + id + "/suggested-reply", anna.token, R"({"confidence":1})"),
                 422, "text");
  expect_refused(
      server().call("POST", create_path, anna.token, R"({"channel":"email","direction":"inbound","text":"x"})",
                    {{"Idempotency-Key", std::string(256, 'k')}}),
      400, "");
}

TEST_F(BadInput, SizesAndFraming) {
  // A declared body beyond the limit is refused before it is sent.
  http::testing::RawClient big(static_cast<std::uint16_t>(server().port()));
  auto answer = big.ask("POST " + create_path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + anna.token +
                        "\r\nContent-Type: application/json\r\nContent-Length: 5242880\r\n\r\n");
  EXPECT_EQ(answer.status, 413) << answer.body;
  // In pieces, without a length, it is refused when it has become too much.
  http::testing::RawClient chunked(static_cast<std::uint16_t>(server().port()));
  chunked.send("POST " + create_path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + anna.token +
               "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 160 && chunked.send(piece); ++i) {
  }
  EXPECT_EQ(chunked.read_answer().status, 413);
  http::testing::RawClient both(static_cast<std::uint16_t>(server().port()));
  answer = both.ask("POST " + create_path +
                    " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(both.wait_for_end());
  std::string many = "GET /health HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 10'000; ++i)
    many += "X-" + std::to_string(i) + ": y\r\n";
  http::testing::RawClient headers(static_cast<std::uint16_t>(server().port()));
  headers.send(many + "\r\n");
  EXPECT_EQ(headers.read_answer().status, 431);
  EXPECT_EQ(server().get("/health").status, 200) << "the server goes on";
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 0);
}

TEST_F(BadInput, ATextOfTwentyThousandCharactersComesBackWhole) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += i % 7 == 0 ? "ß" : i % 11 == 0 ? "\xF0\x9F\x98\x80" : "x";
  const std::string id = create_event(anna.token, text);
  const auto event = server().get(create_path + "/" + id, anna.token);
  EXPECT_EQ(event.body.at("event").at("text").as_string(), text);
}

class SlowSender : public ServerStory {
 protected:
  SlowSender() { extra = {{"SALESFLOW_HTTP_HEAD_TIMEOUT", "2s"}, {"SALESFLOW_HTTP_BODY_TIMEOUT", "2s"}}; }

  /// Sends `start` at once and `rest` a byte a second until the server has enough of it; its answer.
  http::testing::Answer trickle(const std::string& start, const std::string& rest) {
    http::testing::RawClient client(static_cast<std::uint16_t>(server().port()));
    client.send(start);
    for (const char byte : rest) {
      if (!client.send(std::string(1, byte)) || client.read_some(std::chrono::seconds(1)))
        break;
    }
    auto answer = client.read_answer();
    EXPECT_TRUE(client.wait_for_end());
    return answer;
  }
};

TEST_F(SlowSender, AByteASecondIsTooSlowForHeadAndBody) {
  const auto anna = server().sign_up("anna@example.com");
  EXPECT_EQ(trickle("GET /health HTTP/1.1\r\n", "Host: salesflow.example").status, 408);
  const std::string body = R"({"channel":"email","direction":"inbound","text":"slow"})";
  EXPECT_EQ(trickle("POST /api/autopilot/message-event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    "Authorization: Bearer " +
                        anna.token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n",
                    body)
                .status,
            408);
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 0);
}

}  // namespace
}  // namespace salesflow::test
