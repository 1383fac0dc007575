// A salesperson's notes and summaries over HTTP, with the rules and with a language model that works and does not.
#include <set>

#include "tests/integration/server_story.hpp"
#include "tests/support/stub_service.hpp"

namespace salesflow::test {
namespace {

class NotesStory : public ServerStory {
 protected:
  std::string org_of(const RunningServer::Person& person) {
    return database.run("SELECT org_id FROM org_members WHERE user_id = $1", {person.user_id}).value();
  }
  std::string add_lead(const RunningServer::Person& person) {
    return database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'Lead') RETURNING id", {person.user_id}).value();
  }
  std::string add_contact(const RunningServer::Person& person, const std::string& lead_id) {
    return database
        .run("INSERT INTO contacts (org_id, name, lead_id) VALUES ($1, 'Contact', $2) RETURNING id",
             {org_of(person), lead_id})
        .value();
  }
  void add_event(const RunningServer::Person& person, const std::string& contact_id, const std::string& text) {
    const auto made =
        server().call("POST", "/api/autopilot/message-event", person.token,
                      json::serialize(json::object{
                          {"channel", "email"}, {"direction", "inbound"}, {"text", text}, {"contact_id", contact_id}}));
    ASSERT_EQ(made.status, 200) << made.raw.body;
  }
  JsonAnswer summarize(const RunningServer::Person& person, json::object body) {
    return server().call("POST", "/api/crm/zero-input/summarize", person.token, json::serialize(body));
  }
};

TEST_F(NotesStory, ANoteIsWrittenReadChangedListedAndDeleted) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string lead = add_lead(anna);
  const auto created =
      server().call("POST", "/api/crm/notes", anna.token,
                    json::serialize(json::object{{"content", "Called."}, {"lead_id", lead}, {"metadata", {{"a", 1}}}}));
  ASSERT_EQ(created.status, 201) << created.raw.body;
  EXPECT_EQ(created.header("ETag"), "\"v1\"");
  for (const char* key : {"id", "user_id", "lead_id", "contact_id", "deal_id", "content", "note_type", "source",
                          "metadata", "created_at", "updated_at"})
    EXPECT_TRUE(created.body.as_object().contains(key)) << key;
  EXPECT_EQ(created.body.at("note_type").as_string(), "manual");
  EXPECT_EQ(created.body.at("source").as_string(), "user");
  const std::string path = "/api/crm/notes/" + std::string(created.body.at("id").as_string());
  EXPECT_EQ(server().get(path, anna.token).body, created.body);
  const auto changed = server().call("PATCH", path, anna.token, R"({"content":"Called twice.","lead_id":null})",
                                     {{"If-Match", "\"v1\""}});
  ASSERT_EQ(changed.status, 200) << changed.raw.body;
  EXPECT_EQ(changed.body.at("content").as_string(), "Called twice.");
  EXPECT_TRUE(changed.body.at("lead_id").is_null());
  EXPECT_EQ(server().call("PATCH", path, anna.token, R"({"content":"x"})", {{"If-Match", "\"v1\""}}).status, 412);
  EXPECT_EQ(server().call("DELETE", path, anna.token, {}, {{"If-Match", "\"v1\""}}).status, 412);
  const auto list = server().get("/api/crm/notes", anna.token);
  EXPECT_EQ(list.body.at("count").as_int64(), 1);
  EXPECT_EQ(list.body.at("notes").at(0), changed.body);
  EXPECT_EQ(server().get("/api/crm/notes?lead_id=" + lead, anna.token).body.at("count").as_int64(), 0);
  const auto ben = server().sign_up("ben@example.com");
  for (const char* method : {"GET", "DELETE"})
    EXPECT_EQ(server().call(method, path, ben.token).status, 404);
  EXPECT_EQ(server().call("PATCH", path, ben.token, R"({"content":"x"})").status, 404);
  EXPECT_EQ(server().call("DELETE", path, anna.token).status, 204);
  EXPECT_EQ(server().get(path, anna.token).status, 404);
}

TEST_F(NotesStory, PagesFollowTheLinkToTheEnd) {
  const auto anna = server().sign_up("anna@example.com");
  database.run(
      "INSERT INTO crm_notes (user_id, content, created_at) SELECT $1, i::text, now() - (i / 3) * interval '1 second' "
      "FROM generate_series(1, 57) AS i",
      {anna.user_id});
  std::set<std::string> ids;
  std::string target = "/api/crm/notes?limit=10";
  for (int pages = 0; !target.empty() && pages < 10; ++pages) {
    const auto page = server().get(target, anna.token);
    ASSERT_EQ(page.status, 200) << page.raw.body;
    for (const auto& note : page.body.at("notes").as_array())
      EXPECT_TRUE(ids.insert(std::string(note.at("id").as_string())).second);
    const std::string link = page.header("Link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  EXPECT_EQ(ids.size(), 57u);
}

TEST_F(NotesStory, BadInputNamesItsField) {
  const auto anna = server().sign_up("anna@example.com");
  const auto ben = server().sign_up("ben@example.com");
  const std::string lead = add_lead(anna), foreign = add_lead(ben), other = add_lead(anna);
  const std::string contact = add_contact(anna, other), unknown = "00000000-0000-7000-8000-000000000001";
  const auto note = server().call("POST", "/api/crm/notes", anna.token, R"({"content":"x"})");
  const std::string path = "/api/crm/notes/" + std::string(note.body.at("id").as_string());
  const std::string notes = "/api/crm/notes", sum = "/api/crm/zero-input/summarize";
  struct Case {
    const char* method;
    std::string target, body;
    int status;
    std::string field;
  };
  const auto id = [](const char* name, const std::string& value) {
    return std::string("{\"") + name + "\":\"" + value + "\"}";
  };
  const Case cases[] = {
      {"GET", notes + "?limit=0", "", 422, "query.limit"},
      {"GET", notes + "?limit=101", "", 422, "query.limit"},
      {"GET", notes + "?note_type=call", "", 422, "query.note_type"},
      {"GET", notes + "?lead_id=7", "", 422, "query.lead_id"},
      {"GET", notes + "?cursor=abc", "", 400, "query.cursor"},
      {"GET", notes + "/7", "", 400, "path.note_id"},
      {"GET", notes + "/" + unknown, "", 404, "note_id"},
      {"DELETE", notes + "/" + unknown, "", 404, "note_id"},
      {"POST", notes, "{}", 422, "content"},
      {"POST", notes, R"({"content":""})", 422, "content"},
      {"POST", notes, R"({"content":7})", 422, "content"},
      {"POST", notes, R"({"content":"x","note_type":"call"})", 422, "note_type"},
      {"POST", notes, R"({"content":"x","metadata":[1]})", 422, "metadata"},
      {"POST", notes, R"({"content":"x","lead_id":")" + foreign + "\"}", 404, "lead_id"},
      {"POST", notes, R"({"content":"x","contact_id":")" + unknown + "\"}", 404, "contact_id"},
      {"POST", notes, R"({"content":"x","deal_id":")" + unknown + "\"}", 404, "deal_id"},
      {"POST", notes, R"({"content":"x","deal_id":"7"})", 422, "deal_id"},
      {"POST", notes, R"({"content":)", 400, "body"},
      {"PATCH", path, "{}", 422, "body"},
      {"PATCH", path, R"({"content":null})", 422, "content"},
      {"PATCH", path, R"({"content":""})", 422, "content"},
      {"PATCH", path, R"({"note_type":null})", 422, "note_type"},
      {"PATCH", path, R"({"metadata":"x"})", 422, "metadata"},
      {"PATCH", path, id("lead_id", foreign), 404, "lead_id"},
      {"PATCH", notes + "/" + unknown, R"({"content":"x"})", 404, "note_id"},
      {"POST", sum, "{}", 422, "lead_id"},
      {"POST", sum, id("lead_id", foreign), 404, "lead_id"},
      {"POST", sum, id("contact_id", unknown), 404, "contact_id"},
      {"POST", sum, R"({"lead_id":")" + lead + R"(","deal_id":")" + unknown + "\"}", 404, "deal_id"},
      {"POST", sum, R"({"lead_id":")" + lead + R"(","contact_id":")" + contact + "\"}", 422, "contact_id"},
      {"POST", sum, R"({"lead_id":")" + lead + R"(","message_limit":4})", 422, "message_limit"},
      {"POST", sum, R"({"lead_id":")" + lead + R"(","message_limit":101})", 422, "message_limit"},
      {"POST", sum, R"({"lead_id":")" + lead + R"(","create_task":"yes"})", 422, "create_task"},
      {"POST", sum, R"({"lead_id":"7"})", 422, "lead_id"},
  };
  for (const Case& c : cases) {
    const auto answer = server().call(c.method, c.target, anna.token, c.body);
    EXPECT_EQ(answer.status, c.status) << c.method << ' ' << c.target << ' ' << c.body << ' ' << answer.raw.body;
    EXPECT_EQ(answer.first_field(), c.field) << c.method << ' ' << c.target << ' ' << c.body << ' ' << answer.raw.body;
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM crm_notes").integer(), 1);
  EXPECT_EQ(database.run("SELECT content FROM crm_notes").value(), "x");
}

TEST_F(NotesStory, ASummaryIsANoteAndATaskAboutThatLeadAlone) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string lead = add_lead(anna), other = add_lead(anna), contact = add_contact(anna, lead);
  add_event(anna, lead, "Was kostet das Angebot?");
  add_event(anna, contact, "Und wann wäre ein Termin?");
  add_event(anna, other, "Die Lieferung ist kaputt, eine Frechheit");
  const auto answer = summarize(anna, {{"lead_id", lead}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  for (const char* key : {"success", "summary", "summary_text", "summary_details", "note_id", "note_content", "task_id",
                          "suggested_next_step", "lead_id", "contact_id", "deal_id", "messages_analyzed",
                          "processing_time_ms", "model_used"})
    EXPECT_TRUE(answer.body.as_object().contains(key)) << key;
  EXPECT_TRUE(answer.body.at("success").as_bool());
  EXPECT_EQ(answer.body.at("messages_analyzed").as_int64(), 2);
  EXPECT_EQ(answer.body.at("model_used").as_string(), "rules");
  EXPECT_EQ(answer.body.at("summary_text"), answer.body.at("summary_details").at("summary_text"));
  EXPECT_EQ(answer.body.at("summary_details").at("sentiment").as_string(), "neutral");
  EXPECT_EQ(answer.body.at("suggested_next_step").at("action").as_string(), "Termin vereinbaren");
  const auto note = server().get("/api/crm/notes/" + std::string(answer.body.at("note_id").as_string()), anna.token);
  ASSERT_EQ(note.status, 200);
  EXPECT_EQ(note.body.at("content"), answer.body.at("note_content"));
  EXPECT_EQ(note.body.at("note_type").as_string(), "ai_summary");
  EXPECT_EQ(note.body.at("source").as_string(), "zero_input_crm");
  EXPECT_EQ(note.body.at("metadata").at("ai_model").as_string(), "rules");
  EXPECT_EQ(database.run("SELECT id FROM tasks").value(), answer.body.at("task_id").as_string());
  const auto by_contact = summarize(anna, {{"contact_id", contact}, {"create_task", false}});
  EXPECT_EQ(by_contact.body.at("messages_analyzed").as_int64(), 1);
  EXPECT_TRUE(by_contact.body.at("task_id").is_null());
  EXPECT_EQ(database.run("SELECT count(*) FROM tasks").integer(), 1);
}

TEST_F(NotesStory, WithoutMessagesNothingIsWritten) {
  const auto anna = server().sign_up("anna@example.com");
  const auto answer = summarize(anna, {{"lead_id", add_lead(anna)}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_FALSE(answer.body.at("success").as_bool());
  EXPECT_EQ(answer.body.at("model_used").as_string(), "none");
  EXPECT_TRUE(answer.body.at("note_id").is_null());
  EXPECT_TRUE(answer.body.at("suggested_next_step").is_null());
  EXPECT_EQ(database.run("SELECT (SELECT count(*) FROM crm_notes) + (SELECT count(*) FROM tasks)").integer(), 0);
}

TEST_F(NotesStory, ALanguageModelIsAskedWithoutATransactionAndTheRulesStandBehindIt) {
  std::atomic<int> asked{0};
  std::atomic<std::int64_t> idle_in_transaction{-1};
  StubService model([&](const StubService::Call& call) {
    const int number = ++asked;
    if (number == 1) {
      // Nobody holds a transaction while the model thinks.
      TestDatabase& watched = database;
      idle_in_transaction =
          watched
              .run(
                  "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = "
                  "'salesflow_app' AND state <> 'idle'")
              .integer();
      const json::object summary{
          {"summary_text", "A model's words."},
          {"key_topics", json::array{"price"}},
          {"sentiment", "positive"},
          {"engagement_level", "high"},
          {"next_step", {{"action", "Send it"}, {"description", ""}, {"priority", "low"}, {"suggested_due_days", 30}}}};
      const json::object answer{{"choices", {{{"message", {{"content", json::serialize(summary)}}}}}}};
      call.send(stub_answer(200, json::serialize(answer)));
    } else if (number == 2) {
      call.send(stub_answer(503, "{}"));
    } else {
      call.stall();
    }
  });
  extra["SALESFLOW_SUMMARY_URL"] = model.url("/v1");
  extra["SALESFLOW_SUMMARY_MODEL"] = "model-1";
  extra["SALESFLOW_SUMMARY_KEY"] = "do-not-log-this-key";
  extra["SALESFLOW_SUMMARY_TIMEOUT"] = "300ms";
  const auto anna = server().sign_up("anna@example.com");
  const std::string lead = add_lead(anna);
  add_event(anna, lead, "Was kostet das?");
  auto answer = summarize(anna, {{"lead_id", lead}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.body.at("model_used").as_string(), "model-1");
  EXPECT_EQ(answer.body.at("summary_text").as_string(), "A model's words.");
  EXPECT_EQ(idle_in_transaction, 0);
  answer = summarize(anna, {{"lead_id", lead}});
  EXPECT_EQ(answer.body.at("model_used").as_string(), "rules (fallback: status 503)");
  answer = summarize(anna, {{"lead_id", lead}});
  EXPECT_EQ(answer.body.at("model_used").as_string(), "rules (fallback: timeout)");
  EXPECT_EQ(database.run("SELECT count(*) FROM crm_notes").integer(), 3);
  EXPECT_EQ(server().log_text().find("do-not-log-this-key"), std::string::npos);
  EXPECT_NE(server().log_text().find("summary_backend_failed"), std::string::npos);
}

}  // namespace
}  // namespace salesflow::test
