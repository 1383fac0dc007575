// A salesperson's leads over HTTP: made once, listed, changed, written to, archived.
#include <set>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class LeadsStory : public ServerStory {
 protected:
  JsonAnswer post(const std::string& token, const std::string& target, const std::string& body,
                  const Headers& headers = {}) {
    return server().call("POST", target, token, body, headers);
  }
  std::string create(const std::string& token, const std::string& body) {
    const auto created = post(token, "/api/leads", body);
    EXPECT_EQ(created.status, 200) << created.raw.body;
    return std::string(created.body.at("lead").at("id").as_string());
  }
};

TEST_F(LeadsStory, ALeadIsMadeOnceChangedWrittenToAndWon) {
  const auto anna = server().sign_up("anna@example.com");
  const auto created = post(anna.token, "/api/leads/",
                            R"({"fullName":"Eva Maier","instagram":"@eva","company":"Maier KG","source":"fair",
                                "temperature":"hot","nextFollowUp":"2026-03-01","status":"NEW","unknown":[1]})");
  ASSERT_EQ(created.status, 200) << created.raw.body;
  EXPECT_TRUE(created.body.at("was_created").as_bool());
  EXPECT_EQ(created.header("ETag"), "\"v1\"");
  const auto& lead = created.body.at("lead").as_object();
  const std::string id(lead.at("id").as_string());
  EXPECT_EQ(lead.at("name").as_string(), "Eva Maier");
  EXPECT_EQ(lead.at("status").as_string(), "new");
  EXPECT_EQ(lead.at("temperature").as_string(), "hot") << "clients call string methods on it";
  EXPECT_EQ(lead.at("temperature_score").as_int64(), 85);
  EXPECT_EQ(lead.at("company").as_string(), "Maier KG");
  EXPECT_EQ(lead.at("source").as_string(), "fair");
  EXPECT_EQ(lead.at("next_follow_up").as_string(), "2026-03-01");
  EXPECT_TRUE(lead.at("tags").as_array().empty());

  const auto again = post(anna.token, "/api/leads", R"({"name":"Someone","instagram":"https://instagram.com/EVA/"})");
  EXPECT_FALSE(again.body.at("was_created").as_bool());
  EXPECT_EQ(again.body.at("lead").at("id").as_string(), json::string_view(id));
  const auto check = post(anna.token, "/api/leads/check-duplicate", R"({"name":"eva maier"})");
  EXPECT_TRUE(check.body.at("is_duplicate").as_bool()) << check.raw.body;
  EXPECT_EQ(check.body.at("matched_by").as_string(), "name");
  EXPECT_TRUE(post(anna.token, "/api/leads/check-duplicate", R"({"name":"x"})").body.at("lead").is_null());

  const std::string path = "/api/leads/" + id;
  EXPECT_EQ(server().get(path, anna.token).body.as_object(), lead);
  EXPECT_EQ(server().call("PATCH", path, anna.token, R"({"notes":"x"})", {{"If-Match", "\"v9\""}}).status, 412);
  const auto patched = server().call("PATCH", path, anna.token, R"({"company":null,"phone":"","customer_value":12.5})",
                                     {{"If-Match", "\"v1\""}});
  ASSERT_EQ(patched.status, 200) << patched.raw.body;
  EXPECT_TRUE(patched.body.at("lead").at("company").is_null());
  EXPECT_EQ(json::serialize(patched.body.at("lead").at("customer_value")), "1.25E1") << "a number";
  EXPECT_EQ(patched.header("ETag"), "\"v2\"");

  const auto sent = post(anna.token, path + "/message-sent", "");
  ASSERT_EQ(sent.status, 200) << sent.raw.body;
  EXPECT_EQ(sent.body.at("status").as_string(), "contacted");
  EXPECT_EQ(sent.body.at("lead_name").as_string(), "Eva Maier");
  EXPECT_TRUE(sent.body.at("suggestion_id").is_string());
  EXPECT_TRUE(post(anna.token, path + "/message-sent", R"({"message":"Hi","channel":"email"})")
                  .body.at("suggestion_id")
                  .is_null())
      << "one waits already";
  const auto interactions = server().get(path + "/interactions", anna.token);
  ASSERT_EQ(interactions.body.as_array().size(), 2u) << interactions.raw.body;
  EXPECT_EQ(interactions.body.at(0).at("channel").as_string(), "email");

  EXPECT_EQ(server().get("/api/leads/pending", anna.token).body.at("count").as_int64(), 1);
  EXPECT_EQ(server().get("/api/leads?filter=overdue", anna.token).body.as_array().size(), 1u);
  const auto won = server().call("PUT", path, anna.token, R"({"status":"Won"})");
  EXPECT_EQ(won.body.at("lead").at("status").as_string(), "won");
  EXPECT_EQ(server().get("/api/leads?customers=true&period=this_month", anna.token).body.as_array().size(), 1u);
  const auto groups = server().get("/api/leads?group_by=status", anna.token);
  EXPECT_EQ(groups.body.at("groups").at(0).at("status").as_string(), "won");
  EXPECT_EQ(groups.body.at("count").as_int64(), 1);

  EXPECT_EQ(post(anna.token, path + "/archive", "").body.at("lead").at("status").as_string(), "archived");
  EXPECT_EQ(server().call("DELETE", path, anna.token).status, 204);
  EXPECT_EQ(server().get(path, anna.token).status, 404);
}

TEST_F(LeadsStory, ABareArrayIsBoundedAndLinksToTheRest) {
  const auto anna = server().sign_up("anna@example.com");
  database.run(
      "INSERT INTO leads (user_id, name, status, created_at) SELECT $1, 'Lead ' || i, (ARRAY['new','WON'])[1 + i % 2], "
      "now() - i * interval '1 minute' FROM generate_series(1, 1203) AS i",
      {anna.user_id});
  const auto first = server().get("/api/leads", anna.token);
  ASSERT_EQ(first.status, 200) << first.raw.body;
  ASSERT_EQ(first.body.as_array().size(), 1'000u);
  EXPECT_EQ(first.body.at(0).at("name").as_string(), "Lead 1");
  EXPECT_EQ(first.header("X-Total-Count"), "1203");
  std::set<std::string> seen;
  std::string target = "/api/leads";
  while (!target.empty()) {
    const auto page = server().get(target, anna.token);
    for (const auto& lead : page.body.as_array())
      EXPECT_TRUE(seen.insert(std::string(lead.at("id").as_string())).second);
    const std::string link = page.header("Link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  EXPECT_EQ(seen.size(), 1'203u);
  const auto won = server().get("/api/leads?status=won&count=true&limit=10", anna.token);
  EXPECT_EQ(won.body.at("count").as_int64(), 602) << won.raw.body.substr(0, 300);
  EXPECT_EQ(won.body.at("leads").as_array().size(), 10u);
  EXPECT_EQ(won.body.at("leads").at(0).at("status").as_string(), "won");
}

TEST_F(LeadsStory, AnEnvelopeHoldsTheLeadsAndHowManyThereAre) {
  const auto anna = server().sign_up("anna@example.com");
  database.run(
      "INSERT INTO leads (user_id, name, status) SELECT $1, 'Lead ' || i, (ARRAY['new','won'])[1 + i % 2] "
      "FROM generate_series(1, 7) AS i",
      {anna.user_id});
  const auto all = server().get("/api/leads?envelope=1&limit=3", anna.token);
  ASSERT_EQ(all.status, 200) << all.raw.body;
  ASSERT_TRUE(all.body.is_object()) << all.raw.body;
  EXPECT_EQ(all.body.at("leads").as_array().size(), 3u);
  EXPECT_EQ(all.body.at("total").as_int64(), 7) << "of all pages";
  EXPECT_EQ(all.body.at("count").as_int64(), 7);
  EXPECT_EQ(all.header("X-Total-Count"), "7");
  const auto won = server().get("/api/leads?envelope=true&status=won", anna.token);
  EXPECT_EQ(won.body.at("total").as_int64(), 4) << "of those that the filter lets through";
  EXPECT_TRUE(server().get("/api/leads?envelope=1&count=none", anna.token).body.at("total").is_null());
  EXPECT_TRUE(server().get("/api/leads?envelope=0", anna.token).body.is_array()) << "the bare array stays the default";
  EXPECT_EQ(server().get("/api/leads?envelope=yes", anna.token).first_field(), "query.envelope");
}

TEST_F(LeadsStory, AFormAsksWhetherALeadIsThereAlready) {
  const auto anna = server().sign_up("anna@example.com");
  const auto ben = server().sign_up("ben@example.com");
  const std::string id = create(anna.token, R"({"name":"Eva","email":"eva@example.com","phone":"+43 660 1234567"})");
  const auto ask = [](const std::string& query) { return "/api/leads/check-duplicate" + query; };
  for (const char* query : {"?email=EVA%40example.com", "?phone=%2B436601234567", "?name=eva&email=&phone="}) {
    const auto found = server().get(ask(query), anna.token);
    ASSERT_EQ(found.status, 200) << query << found.raw.body;
    EXPECT_TRUE(found.body.at("is_duplicate").as_bool()) << query;
    EXPECT_EQ(found.body.at("lead").at("id").as_string(), json::string_view(id)) << query;
  }
  EXPECT_FALSE(server().get(ask("?name=Evan"), anna.token).body.at("is_duplicate").as_bool());
  EXPECT_FALSE(server().get(ask("?name=Eva"), ben.token).body.at("is_duplicate").as_bool()) << "another's lead";
  EXPECT_EQ(server().get(ask(""), anna.token).status, 422);
  EXPECT_EQ(server().get(ask("?name=%20"), anna.token).first_field(), "query");
  EXPECT_EQ(server().get(ask("?email=" + std::string(300, 'x')), anna.token).first_field(), "query.email");
}

TEST_F(LeadsStory, AnotherUserGetsFourOhFourAndSeesNothing) {
  const auto anna = server().sign_up("anna@example.com");
  const auto ben = server().sign_up("ben@example.com");
  const std::string path = "/api/leads/" + create(anna.token, R"({"name":"Eva","email":"eva@example.com"})");
  EXPECT_EQ(server().get(path, ben.token).status, 404);
  EXPECT_EQ(server().call("PATCH", path, ben.token, R"({"notes":"mine"})").status, 404);
  EXPECT_EQ(server().call("DELETE", path, ben.token).status, 404);
  EXPECT_EQ(post(ben.token, path + "/message-sent", "{}").status, 404);
  EXPECT_EQ(post(ben.token, path + "/archive", "").status, 404);
  EXPECT_EQ(server().get(path + "/interactions", ben.token).status, 404);
  EXPECT_TRUE(server().get("/api/leads", ben.token).body.as_array().empty());
  EXPECT_EQ(server().get("/api/leads", ben.token).header("X-Total-Count"), "0");
  EXPECT_FALSE(post(ben.token, "/api/leads/check-duplicate", R"({"email":"eva@example.com"})")
                   .body.at("is_duplicate")
                   .as_bool());
  EXPECT_NE(create(ben.token, R"({"name":"Eva","email":"eva@example.com"})"), path.substr(11));
}

TEST_F(LeadsStory, AnIdempotencyKeyMakesOneLeadOfTwoRequests) {
  const auto anna = server().sign_up("anna@example.com");
  const Headers key{{"Idempotency-Key", "lead-1"}};
  const auto first = post(anna.token, "/api/leads", R"({"notes":"nobody"})", key);
  const auto second = post(anna.token, "/api/leads", R"({"notes":"nobody"})", key);
  EXPECT_EQ(first.status, 200) << first.raw.body;
  EXPECT_EQ(first.raw.body, second.raw.body);
  EXPECT_EQ(database.run("SELECT count(*) FROM leads").integer(), 1);
}

TEST_F(LeadsStory, BadInputIsRefusedByName) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string path = "/api/leads/" + create(anna.token, R"({"name":"Eva"})");
  const std::string unknown = "/api/leads/019dceba-96a0-7380-9431-158deabdd6d3";
  struct Bad {
    const char* method;
    std::string target, body;
    int status;
    const char* field;
  };
  const Bad table[] = {
      {"GET", "/api/leads?filter=cold", "", 422, "query.filter"},
      {"GET", "/api/leads?sort_by=email", "", 422, "query.sort_by"},
      {"GET", "/api/leads?sort_order=up", "", 422, "query.sort_order"},
      {"GET", "/api/leads?period=last_year", "", 422, "query.period"},
      {"GET", "/api/leads?customers=maybe", "", 422, "query.customers"},
      {"GET", "/api/leads?group_by=name", "", 422, "query.group_by"},
      {"GET", "/api/leads?count=some", "", 422, "query.count"},
      {"GET", "/api/leads?limit=0", "", 422, "query.limit"},
      {"GET", "/api/leads?limit=1001", "", 422, "query.limit"},
      {"GET", "/api/leads?cursor=nonsense", "", 400, "query.cursor"},
      {"GET", "/api/leads?status=%ff", "", 400, ""},
      {"GET", "/api/leads/pending?limit=x", "", 422, "query.limit"},
      {"GET", "/api/leads/verifications?min_score=101", "", 422, "query.min_score"},
      {"GET", "/api/leads/nonsense", "", 400, "path.lead_id"},
      {"GET", unknown, "", 404, "lead_id"},
      {"GET", path + "/interactions?cursor=AAAA", "", 400, "query.cursor"},
      {"POST", "/api/leads", "{", 400, ""},
      {"POST", "/api/leads", "[]", 422, "body"},
      {"POST", "/api/leads", R"({"name":"a\u0000b"})", 400, ""},
      {"POST", "/api/leads", R"({"email":"nobody"})", 422, "email"},
      {"POST", "/api/leads", R"({"customer_value":0.001})", 422, "customer_value"},
      {"POST", "/api/leads", R"({"temperature":"tepid"})", 422, "temperature"},
      {"POST", "/api/leads", R"({"next_follow_up":"2026-02-30"})", 422, "next_follow_up"},
      {"POST", "/api/leads/check-duplicate", "{}", 422, "body"},
      {"PATCH", path, "{}", 422, "body"},
      {"PATCH", path, R"({"name":null})", 422, "name"},
      {"PATCH", path, R"({"tags":["a",null]})", 422, "tags[1]"},
      {"PATCH", unknown, R"({"notes":"x"})", 404, "lead_id"},
      {"PUT", path, R"({"score":101})", 422, "score"},
      {"DELETE", unknown, "", 404, "lead_id"},
      {"POST", path + "/message-sent", R"({"message":7})", 422, "message"},
      {"POST", unknown + "/message-sent", "{}", 404, "lead_id"},
      {"POST", unknown + "/archive", "", 404, "lead_id"},
  };
  for (const Bad& bad : table) {
    SCOPED_TRACE(std::string(bad.method) + " " + bad.target + " " + bad.body);
    const auto answer = server().call(bad.method, bad.target, anna.token, bad.body);
    EXPECT_EQ(answer.status, bad.status) << answer.raw.body;
    if (*bad.field && answer.body.is_object()) {
      const auto* errors = answer.body.as_object().if_contains("errors");
      ASSERT_TRUE(errors && !errors->as_array().empty()) << answer.raw.body;
      EXPECT_EQ(errors->as_array().front().at("field").as_string(), bad.field) << answer.raw.body;
    }
  }
  EXPECT_EQ(database.run("SELECT count(*) FROM leads WHERE row_version = 1").integer(), 1) << "nothing was written";
}

}  // namespace
}  // namespace salesflow::test
