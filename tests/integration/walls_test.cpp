// What small requests must not be able to do: numbers that PostgreSQL writes out, JSON without a bound, answers that
// invite a repeat of what has happened.
#include <set>

#include "build_paths.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

class Walls : public ServerStory {
 protected:
  RunningServer::Person anna = server().sign_up("anna@example.com");

  JsonAnswer send(std::string_view method, const std::string& target, const std::string& body) {
    return server().call(method, target, anna.token, body);
  }
  std::string make(const std::string& target, const std::string& body) {
    const auto answer = send("POST", target, body);
    EXPECT_TRUE(answer.status == 200 || answer.status == 201) << target << answer.raw.body;
    const auto& object = answer.body.as_object();
    if (object.contains("id"))
      return std::string(object.at("id").as_string());
    for (const auto& member : object) {  // {"success": true, "event": {…}}
      if (member.value().is_object() && member.value().as_object().contains("id"))
        return std::string(member.value().at("id").as_string());
    }
    return "";
  }
};

struct FreeJson {
  std::string method, target, before, after, field;
  bool array = false;  // else an object is stored
};

TEST_F(Walls, JsonThatPostgresWouldWriteOutIsRefusedEverywhere) {
  const std::string contact = make("/api/contacts", R"({"name":"Eva"})");
  const std::string deal = make("/api/deals", R"({"title":"Deal"})");
  const std::string note = make("/api/crm/notes", R"({"content":"x","contact_id":")" + contact + "\"}");
  const std::string event =
      make("/api/autopilot/message-event", R"({"channel":"email","direction":"inbound","text":"x"})");
  const std::string talk = make("/api/idps/conversations", R"({"platform":"email"})");
  const FreeJson cases[] = {
      {"POST", "/api/autopilot/message-event", R"({"channel":"email","direction":"inbound","text":"x","raw_payload":)",
       "}", "raw_payload"},
      {"PUT", "/api/autopilot/message-event/" + event + "/suggested-reply", R"({"text":"x","more":)", "}", "more"},
      {"POST", "/api/contacts", R"({"name":"x","custom_fields":)", "}", "custom_fields"},
      {"PATCH", "/api/contacts/" + contact, R"({"custom_fields":)", "}", "custom_fields"},
      {"POST", "/api/contacts/bulk", R"([{"name":"x","custom_fields":)", "}]", "[0].custom_fields"},
      {"POST", "/api/contacts/" + contact + "/activities",
       R"({"contact_id":")" + contact + R"(","type":"call","metadata":)", "}", "metadata"},
      {"POST", "/api/contacts/" + contact + "/activities",
       R"({"contact_id":")" + contact + R"(","type":"call","attachments":)", "}", "attachments", true},
      {"POST", "/api/deals", R"({"title":"x","products":)", "}", "products", true},
      {"POST", "/api/deals", R"({"title":"x","custom_fields":)", "}", "custom_fields"},
      {"PATCH", "/api/deals/" + deal, R"({"products":)", "}", "products", true},
      {"PATCH", "/api/deals/" + deal, R"({"custom_fields":)", "}", "custom_fields"},
      {"POST", "/api/crm/notes", R"({"content":"x","metadata":)", "}", "metadata"},
      {"PATCH", "/api/crm/notes/" + note, R"({"metadata":)", "}", "metadata"},
      {"POST", "/api/idps/conversations", R"({"platform":"email","platform_metadata":)", "}", "platform_metadata"},
      {"PATCH", "/api/idps/conversations/" + talk, R"({"platform_metadata":)", "}", "platform_metadata"},
  };
  std::string many;  // 30 kB that jsonb makes 1.5 MB of
  for (int i = 0; i < 5'000; ++i)
    many += ",1e308";
  for (const FreeJson& one : cases) {
    SCOPED_TRACE(one.method + " " + one.target + " " + one.field);
    const auto value = [&](const std::string& list) {
      return one.before + (one.array ? list : R"({"n":)" + list + "}") + one.after;
    };
    const auto outsize = send(one.method, one.target, value("[7,1e131071]"));
    EXPECT_EQ(outsize.status, 422) << outsize.raw.body;
    EXPECT_EQ(outsize.first_field(), one.field + (one.array ? "[1]" : ".n[1]"));
    const auto long_digits = send(one.method, one.target, value("[" + std::string(41, '7') + "]"));
    EXPECT_EQ(long_digits.status, 422) << long_digits.raw.body;
    const auto too_much = send(one.method, one.target, value("[0" + many + "]"));
    EXPECT_EQ(too_much.status, 422) << too_much.status;
    EXPECT_EQ(too_much.first_field(), one.field == "more" ? "body" : one.field);
    const auto fine = send(one.method, one.target, value("[1.5e3,1e300]"));
    EXPECT_TRUE(fine.status == 200 || fine.status == 201) << fine.raw.body;
  }
}

/// Each jsonb column with what bounds it. A new one belongs in here, and into the test above when clients fill it.
TEST_F(Walls, EveryJsonbColumnIsBounded) {
  const std::set<std::string> sent_by_clients = {"activities.attachments",
                                                 "activities.metadata",
                                                 "contacts.custom_fields",
                                                 "crm_notes.metadata",
                                                 "deals.custom_fields",
                                                 "deals.products",
                                                 "dm_conversations.platform_metadata",
                                                 "message_events.raw_payload",
                                                 "message_events.suggested_reply"};
  const std::set<std::string> made_by_us = {"autopilot_settings.channels",
                                            "contacts.score_breakdown",
                                            "dm_messages.detected_keywords",
                                            "dm_sequence_templates.sequence_steps",
                                            "idempotency_keys.headers",
                                            "import_jobs.options",
                                            "import_jobs.unmapped_columns",
                                            "inserted_rows.row_key",
                                            "lead_enrichments.icp_match_reasons",
                                            "lead_enrichments.tech_stack",
                                            "lead_intents.high_intent_pages",
                                            "lead_intents.intent_keywords",
                                            "lead_interactions.details",
                                            "message_queue.similar_success_ids",
                                            "rlhf_feedback_sessions.input_context"};
  const auto found = database.run(
      "SELECT c.relname || '.' || a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
      "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE a.atttypid IN ('jsonb'::regtype, 'json'::regtype) "
      "AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
      "AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1");
  for (const auto& row : found.rows)
    EXPECT_EQ(sent_by_clients.count(*row.at(0)) + made_by_us.count(*row.at(0)), 1u) << *row.at(0);
}

TEST_F(Walls, LongerFoundJsonIsServedAndLeftAlone) {
  const std::string contact = make("/api/contacts", R"({"name":"Eva"})");
  database.run(
      "UPDATE contacts SET custom_fields = jsonb_build_object('long', repeat('x', 3000000), 'n', 1e400) WHERE id = $1",
      {contact});
  EXPECT_EQ(server().get("/api/contacts/" + contact, anna.token).status, 200);
  const auto changed = send("PATCH", "/api/contacts/" + contact, R"({"city":"Wien"})");
  EXPECT_EQ(changed.status, 200) << changed.raw.body.substr(0, 300);
  EXPECT_GT(changed.raw.body.size(), 3'000'000u);
  EXPECT_EQ(database.run("SELECT length(custom_fields ->> 'long') FROM contacts WHERE id = $1", {contact}).integer(),
            3'000'000);
}

TEST_F(Walls, AnUnknownOutcomeSaysWhereToLook) {
  // The commit takes longer than the request may: nobody can say how it ended.
  database.run(R"(
    CREATE FUNCTION public.sleep_a_while() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM pg_sleep(7); RETURN NULL; END$$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON message_events DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.text = 'slow') EXECUTE FUNCTION public.sleep_a_while())");
  const auto answer =
      send("POST", "/api/autopilot/message-event", R"({"channel":"email","direction":"inbound","text":"slow"})");
  ASSERT_EQ(answer.status, 409) << answer.raw.body;
  EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(answer.body.at("type"), "outcome-unknown");
  EXPECT_EQ(answer.header("Retry-After"), "");
  EXPECT_NE(answer.detail(), "");
  const std::string location = answer.header("Location");
  ASSERT_TRUE(location.starts_with("/api/autopilot/message-event/")) << answer.raw.head;
  EXPECT_TRUE(wait_until(
      [&] {
        return database
                   .run(
                       "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() "
                       "AND datname = current_database() AND usename = 'salesflow_app'")
                   .integer() == 0;
      },
      20s));
  const auto stored = database.run("SELECT count(*) FROM message_events").integer();
  EXPECT_EQ(server().get(location, anna.token).status, stored == 1 ? 200 : 404);
}

TEST_F(Walls, APageEndsAfterEightMebibytes) {
  database.run(
      "INSERT INTO message_events (user_id, channel, direction, text, normalized_text) "
      "SELECT $1, 'email', 'inbound', i || repeat('x', 1000000), 'x' FROM generate_series(1, 40) AS i",
      {anna.user_id});
  std::set<std::string> seen;
  std::string target = "/api/autopilot/message-events?limit=100";
  int pages = 0;
  for (bool more = true; more && pages < 20; ++pages) {
    const auto page = server().get(target, anna.token);
    ASSERT_EQ(page.status, 200) << page.raw.body.substr(0, 300);
    EXPECT_LE(page.raw.body.size(), std::size_t{9} << 20);
    for (const auto& event : page.body.at("events").as_array())
      EXPECT_TRUE(seen.emplace(event.at("id").as_string()).second) << "twice";
    more = page.body.at("has_more").as_bool();
    if (more)
      target = "/api/autopilot/message-events?limit=100&cursor=" + std::string(page.body.at("next_cursor").as_string());
  }
  EXPECT_EQ(seen.size(), 40u);
  EXPECT_GE(pages, 5);
}

TEST_F(Walls, FiftyReadersThatDoNotReadHoldLittle) {
  database.run(
      "INSERT INTO message_events (user_id, channel, direction, text, normalized_text) "
      "SELECT $1, 'email', 'inbound', i || repeat('x', 1000000), 'x' FROM generate_series(1, 40) AS i",
      {anna.user_id});
  std::vector<std::unique_ptr<http::testing::RawClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<http::testing::RawClient>(static_cast<std::uint16_t>(server().port()), 4096));
    clients.back()->send("GET /api/autopilot/message-events?limit=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                         anna.token + "\r\n\r\n");
    EXPECT_TRUE(clients.back()->read_some(30s)) << "its answer has begun";
  }
  const auto figure = [&](const std::string& name) {
    const std::string text = server().get("/metrics").raw.body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + name.size() + 2));
  };
  EXPECT_TRUE(wait_until([&] { return figure("salesflow_http_readers_cut_total") >= 30; }, 60s))
      << figure("salesflow_http_readers_cut_total");
  EXPECT_LE(figure("salesflow_http_unread_bytes"), 96.0 * (1 << 20));
  // The figure that was asked for; AddressSanitizer keeps what was freed, so only of the binary that ships.
  if (std::string(SALESFLOW_BINARY).find("/release/") != std::string::npos) {
    EXPECT_LE(figure("process_resident_memory_bytes"), 256.0 * (1 << 20));
  }
  EXPECT_EQ(server().get("/api/autopilot/message-events?limit=1", anna.token).status, 200);
}

}  // namespace
}  // namespace salesflow::test
