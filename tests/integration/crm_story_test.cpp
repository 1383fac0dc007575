// A sales team's contacts and deals over HTTP, from the first contact to the won deal, and nonsense on the way.
#include <thread>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class CrmStory : public ServerStory {
 protected:
  RunningServer::Person anna = server().sign_up("anna@example.com");

  JsonAnswer get(const std::string& target) { return server().get(target, anna.token); }
  JsonAnswer post(const std::string& target, const std::string& body, Headers headers = {}) {
    return server().call("POST", target, anna.token, body, std::move(headers));
  }
  JsonAnswer patch(const std::string& target, const std::string& body, Headers headers = {}) {
    return server().call("PATCH", target, anna.token, body, std::move(headers));
  }
  static std::string id_of(const JsonAnswer& answer) { return std::string(answer.body.at("id").as_string()); }
};

TEST_F(CrmStory, FromTheFirstContactToTheWonDeal) {
  const auto eva = post(
      "/api/contacts",
      R"({"name":"Eva Huber","email":"Eva@Example.com","company":"Huber & Co","city":"Wien","lat":48.2085,"lng":"16.3730","tags":["vip"],"score":85})");
  ASSERT_EQ(eva.status, 201) << eva.raw.body;
  EXPECT_EQ(eva.header("ETag"), "\"v1\"");
  EXPECT_EQ(eva.body.at("lat"), "48.2085");
  EXPECT_EQ(eva.body.at("status"), "lead");
  const std::string contact = "/api/contacts/" + id_of(eva);
  EXPECT_EQ(get(contact).body, eva.body);
  EXPECT_EQ(get(contact + "/activities").body.at(0).at("type"), "created");
  EXPECT_EQ(get(contact + "/suggested-actions").body.at("suggestions").at(0).at("action"), "first_contact");
  EXPECT_EQ(get("/api/contacts/search?q=huber").body.at(0).at("email"), "eva@example.com");
  EXPECT_EQ(get("/api/contacts/nearby?lat=48.2&lng=16.37").body.as_array().size(), 1u);
  const auto listed = get("/api/contacts?search=hub&tags=vip&city=wien&has_email=true&min_score=80");
  EXPECT_EQ(listed.body.at("total"), 1) << listed.raw.body;
  EXPECT_EQ(listed.body.at("pages"), 1);
  EXPECT_EQ(listed.body.at("total_is_capped"), false);
  EXPECT_EQ(get("/api/contacts?count=none").body.at("total"), nullptr);

  const auto called =
      post(contact + "/activities", R"({"contact_id":")" + id_of(eva) + R"(","type":"call","subject":"Hello"})");
  EXPECT_EQ(called.status, 201) << called.raw.body;
  const auto changed = patch(contact, R"({"city":null,"status":"qualified"})", {{"If-Match", "\"v1\""}});
  ASSERT_EQ(changed.status, 200) << changed.raw.body;
  EXPECT_EQ(changed.header("ETag"), "\"v2\"");
  EXPECT_EQ(patch(contact, R"({"city":"Graz"})", {{"If-Match", "\"v1\""}}).status, 412);

  const auto made = post(
      "/api/deals", R"({"title":"Website","value":1234.50,"probability":50,"expected_close_date":")" +
                        database.run("SELECT current_date + 5").value() + R"(","contact_id":")" + id_of(eva) + "\"}");
  ASSERT_EQ(made.status, 201) << made.raw.body;
  EXPECT_EQ(made.body.at("value"), "1234.50");
  EXPECT_EQ(made.body.at("weighted_value"), "617.25");
  const std::string deal = "/api/deals/" + id_of(made);
  const auto list = get("/api/deals");
  EXPECT_EQ(list.body.at("items").at(0).at("contact_name"), "Eva Huber");
  EXPECT_NE(get("/api/deals/pipeline").raw.body.find("\"total_value\":1234.5,"), std::string::npos)
      << "a number with its digits";
  EXPECT_NE(get("/api/deals/forecast").raw.body.find("\"total_value\":1234.5,"), std::string::npos);
  const auto moved = post(deal + "/move?stage=lost&lost_reason=too%20dear", "");
  ASSERT_EQ(moved.status, 200) << moved.raw.body;
  EXPECT_EQ(moved.body.at("from_stage"), "new");
  EXPECT_EQ(moved.body.at("to_stage"), "lost");
  EXPECT_EQ(get(deal).body.at("won"), false);
  EXPECT_EQ(get(deal).body.at("lost_reason"), "too dear");
  EXPECT_EQ(get("/api/deals").body.at("total"), 0);
  const auto reopened = patch(deal, R"({"stage":"negotiation"})");
  EXPECT_EQ(reopened.body.at("won"), nullptr);
  EXPECT_EQ(reopened.body.at("closed_at"), nullptr);
  EXPECT_EQ(reopened.body.at("lost_reason"), nullptr);
  EXPECT_EQ(patch(deal, R"({"stage":"won"})").body.at("won"), true);
  for (const char* query : {"?stage=won", "?stage=won&open_only=true", "?stage=won&stage=proposal",
                            "?stage=won&search=web", "?stage=won&pipeline=default&sort_by=value", "?open_only=false"})
    EXPECT_EQ(get(std::string("/api/deals") + query).body.at("total"), 1) << query;
  for (const char* query : {"", "?stage=lost", "?stage=proposal", "?open_only=true"})
    EXPECT_EQ(get(std::string("/api/deals") + query).body.at("total"), 0) << query;
  EXPECT_EQ(get("/api/deals/pipeline?stage=won").body.at("stages").at("won").at(0).at("title"), "Website");
  const auto summary = get("/api/deals/stats/summary");
  EXPECT_EQ(summary.body.at("won").at("count"), 1) << summary.raw.body;
  EXPECT_NE(summary.raw.body.find("\"win_rate\":100.0"), std::string::npos) << summary.raw.body;
  const auto by_agent = get("/api/deals/stats/breakdown?by=agent");
  EXPECT_EQ(by_agent.body.at("groups").at(0).at("key").as_string(), anna.user_id) << by_agent.raw.body;
  EXPECT_NE(by_agent.raw.body.find("\"won_value\":1234.50"), std::string::npos);
  const auto types = database.run("SELECT string_agg(type, ',' ORDER BY occurred_at, id) FROM activities").value();
  EXPECT_EQ(types, "created,call,stage_change,stage_change,stage_change,stage_change");

  const auto ben = server().sign_up("ben@example.com");
  for (const std::string& path : {contact, contact + "/activities", contact + "/suggested-actions", deal})
    EXPECT_EQ(server().get(path, ben.token).status, 404) << path;
  EXPECT_EQ(server().call("DELETE", deal, ben.token).status, 404);
  EXPECT_EQ(server().call("DELETE", contact, anna.token).status, 204);
  EXPECT_EQ(get(deal).body.at("contact_id"), nullptr) << "a deal outlives its contact";
}

TEST_F(CrmStory, ABatchOfContactsIsStoredOnceOrNotAtAll) {
  const std::string body = R"([{"name":"a","tags":["x"]},{"name":"b"}])";
  const auto first = post("/api/contacts/bulk", body, {{"Idempotency-Key", "k"}});
  ASSERT_EQ(first.status, 201) << first.raw.body;
  EXPECT_EQ(post("/api/contacts/bulk", body, {{"Idempotency-Key", "k"}}).raw.body, first.raw.body);
  EXPECT_EQ(get("/api/contacts").body.at("total"), 2);
  const std::string ids = "\"ids\":[\"" + std::string(first.body.at(0).at("id").as_string()) + "\",\"" +
                          std::string(first.body.at(1).at("id").as_string()) + "\"]";
  EXPECT_EQ(patch("/api/contacts/bulk/status", "{" + ids + R"(,"status":"customer"})").body.at("updated"), 2);
  EXPECT_EQ(patch("/api/contacts/bulk/owner", "{" + ids + R"(,"owner_id":null})").body.at("updated"), 2);
  EXPECT_EQ(patch("/api/contacts/bulk/tags", "{" + ids + R"(,"tags":["vip"]})").body.at("updated"), 2);
  EXPECT_EQ(get("/api/contacts?tags=vip&status=customer&status=lead").body.at("total"), 2);
  EXPECT_EQ(server().call("DELETE", "/api/contacts/bulk", anna.token, "{" + ids + "}").body.at("deleted"), 2);
  EXPECT_EQ(get("/api/contacts").body.at("total"), 0);
}

TEST_F(CrmStory, OfManyConditionalMovesOneIsMade) {
  const std::string deal = "/api/deals/" + id_of(post("/api/deals", R"({"title":"x"})"));
  RunningServer& running = server();
  std::atomic<int> made{0}, late{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto answer = running.call("POST", deal + "/move?stage=won", anna.token, {}, {{"If-Match", "\"v1\""}});
      ++(answer.status == 200 ? made : late);
      if (answer.status != 200) {
        EXPECT_EQ(answer.status, 412) << answer.raw.body;
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(late, 5);
}

TEST_F(CrmStory, NonsenseIsRefusedAndNamed) {
  const std::string contact = "/api/contacts/" + id_of(post("/api/contacts", R"({"name":"x"})"));
  const std::string deal = "/api/deals/" + id_of(post("/api/deals", R"({"title":"x"})"));
  const std::string nobody = "00000000-0000-4000-8000-000000000000";
  struct Case {
    const char* method;
    std::string target, body;
    int status;
    std::string field;
  };
  const Case cases[] = {
      {"GET", "/api/contacts?page=0", "", 422, "query.page"},
      {"GET", "/api/contacts?page=2", "", 422, "query.page"},
      {"GET", "/api/contacts?page=500&per_page=100", "", 422, "query.page"},
      {"GET", "/api/contacts?per_page=101", "", 422, "query.per_page"},
      {"GET", "/api/contacts?sort_by=email", "", 422, "query.sort_by"},
      {"GET", "/api/contacts?sort_order=up", "", 422, "query.sort_order"},
      {"GET", "/api/contacts?status=lead&status=x", "", 422, "query.status"},
      {"GET", "/api/contacts?min_score=101", "", 422, "query.min_score"},
      {"GET", "/api/contacts?min_score=9&max_score=8", "", 422, "query.min_score"},
      {"GET", "/api/contacts?owner_id=7", "", 422, "query.owner_id"},
      {"GET", "/api/contacts?count=all", "", 422, "query.count"},
      {"GET", "/api/contacts?cursor=x", "", 400, ""},
      {"GET", "/api/contacts/search?q=", "", 422, "query.q"},
      {"GET", "/api/contacts/search?q=a&limit=51", "", 422, "query.limit"},
      {"GET", "/api/contacts/nearby?lat=48", "", 422, "query.lng"},
      {"GET", "/api/contacts/nearby?lat=91&lng=0", "", 422, "query.lat"},
      {"GET", "/api/contacts/nearby?lat=nan&lng=0", "", 422, "query.lat"},
      {"GET", "/api/contacts/nearby?lat=1&lng=1&radius_km=0.09", "", 422, "query.radius_km"},
      {"GET", "/api/contacts/nobody", "", 400, "path.contact_id"},
      {"GET", "/api/contacts/" + nobody, "", 404, "contact_id"},
      {"POST", "/api/contacts", R"({})", 422, "name"},
      {"POST", "/api/contacts", R"({"name":""})", 422, "name"},
      {"POST", "/api/contacts", R"({"name":"x","email":"x@"})", 422, "email"},
      {"POST", "/api/contacts", R"({"name":"x","status":"new"})", 422, "status"},
      {"POST", "/api/contacts", R"({"name":"x","score":101})", 422, "score"},
      {"POST", "/api/contacts", R"({"name":"x","lat":90.1})", 422, "lat"},
      {"POST", "/api/contacts", R"({"name":"x","lng":"1e400"})", 422, "lng"},
      {"POST", "/api/contacts", R"({"name":"x","custom_fields":[]})", 422, "custom_fields"},
      {"POST", "/api/contacts", R"({"name":"x","next_followup_at":"tomorrow"})", 422, "next_followup_at"},
      {"POST", "/api/contacts", R"({"name":"x","owner_id":")" + nobody + "\"}", 422, "owner_id"},
      {"POST", "/api/contacts/bulk", R"({"name":"x"})", 422, "body"},
      {"POST", "/api/contacts/bulk", R"([{"name":"x"},{"name":"y","email":"z"}])", 422, "[1].email"},
      {"POST", "/api/contacts/bulk", R"([{"name":"x"},{"name":""}])", 422, "[1].name"},
      {"PATCH", contact, R"({})", 422, "body"},
      {"PATCH", contact, R"({"name":null})", 422, "name"},
      {"PATCH", "/api/contacts/" + nobody, R"({"city":"x"})", 404, "contact_id"},
      {"PATCH", "/api/contacts/bulk/status", R"({"ids":[],"status":"lead"})", 422, "ids"},
      {"PATCH", "/api/contacts/bulk/status", R"({"ids":[")" + nobody + R"("],"status":"lead"})", 404, "ids[0]"},
      {"PATCH", "/api/contacts/bulk/status", R"({"ids":["x"],"status":"lead"})", 422, "ids[0]"},
      {"PATCH", "/api/contacts/bulk/owner", R"({"ids":[]})", 422, "owner_id"},
      {"PATCH", "/api/contacts/bulk/tags", R"({"ids":[],"tags":[]})", 422, "tags"},
      {"POST", contact + "/activities", R"({"contact_id":")" + nobody + R"(","type":"call"})", 422, "contact_id"},
      {"GET", contact + "/activities?limit=201", "", 422, "query.limit"},
      {"GET", "/api/deals?per_page=251", "", 422, "query.per_page"},
      {"GET", "/api/deals?sort_by=probability", "", 422, "query.sort_by"},
      {"GET", "/api/deals?min_value=0.001", "", 422, "query.min_value"},
      {"GET", "/api/deals?max_value=NaN", "", 422, "query.max_value"},
      {"GET", "/api/deals?min_value=2&max_value=1", "", 422, "query.min_value"},
      {"GET", "/api/deals?open_only=maybe", "", 422, "query.open_only"},
      {"GET", "/api/deals?page=2", "", 422, "query.page"},
      {"GET", "/api/deals?search=" + std::string(201, 'x'), "", 422, "query.search"},
      {"GET", "/api/deals/pipeline?per_stage=0", "", 422, "query.per_stage"},
      {"GET", "/api/deals/pipeline?cursor=x", "", 422, "query.stage"},
      {"GET", "/api/deals/pipeline?cursor=x&stage=new", "", 400, ""},
      {"GET", "/api/deals/forecast?months=13", "", 422, "query.months"},
      {"GET", "/api/deals/stats/summary?period_days=0", "", 422, "query.period_days"},
      {"GET", "/api/deals/stats/breakdown", "", 422, "query.by"},
      {"GET", "/api/deals/stats/breakdown?by=colour", "", 422, "query.by"},
      {"GET", "/api/deals/stats/breakdown?by=stage&from=2026-02-30", "", 422, "query.from"},
      {"GET", "/api/deals/stats/breakdown?by=stage&from=2026-02-02&to=2026-02-01", "", 422, "query.from"},
      {"POST", "/api/deals", R"({"title":"x","value":1e400})", 422, "value"},
      {"POST", "/api/deals", R"({"title":"x","value":"NaN"})", 422, "value"},
      {"POST", "/api/deals", R"({"title":"x","value":0.001})", 422, "value"},
      {"POST", "/api/deals", R"({"title":"x","value":-1})", 422, "value"},
      {"POST", "/api/deals", R"({"title":"x","value":NaN})", 400, "body"},
      {"POST", "/api/deals", R"({"title":"x","stage":"open"})", 422, "stage"},
      {"POST", "/api/deals", R"({"title":"x","probability":101})", 422, "probability"},
      {"POST", "/api/deals", R"({"title":"x","currency":"EURO"})", 422, "currency"},
      {"POST", "/api/deals", R"({"title":"x","expected_close_date":"2026-13-01"})", 422, "expected_close_date"},
      {"POST", "/api/deals", R"({"title":"x","products":{}})", 422, "products"},
      {"POST", "/api/deals", R"({"title":"x","contact_id":")" + nobody + "\"}", 422, "contact_id"},
      {"PATCH", deal, R"({})", 422, "body"},
      {"PATCH", deal, R"({"value":null})", 422, "value"},
      {"PATCH", deal, R"({"owner_id":")" + nobody + "\"}", 422, "owner_id"},
      {"POST", deal + "/move", "", 422, "query.stage"},
      {"POST", deal + "/move?stage=gone", "", 422, "query.stage"},
      {"POST", deal + "/move?stage=won&lost_reason=x", "", 422, "query.lost_reason"},
      {"POST", "/api/deals/" + nobody + "/move?stage=won", "", 404, "deal_id"},
      {"DELETE", "/api/deals/" + nobody, "", 404, "deal_id"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(std::string(bad.method) + " " + bad.target.substr(0, 90) + " " + bad.body.substr(0, 90));
    const auto answer = server().call(bad.method, bad.target, anna.token, bad.body);
    EXPECT_EQ(answer.status, bad.status) << answer.raw.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_NE(answer.detail(), "");
    if (!bad.field.empty()) {
      EXPECT_EQ(answer.first_field(), bad.field) << answer.raw.body;
    }
  }
  EXPECT_EQ(database.run("SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM deals)").integer(), 2);
  EXPECT_EQ(database
                .run("SELECT sum(row_version) FROM (SELECT row_version FROM contacts UNION ALL SELECT row_version FROM "
                     "deals) AS r")
                .integer(),
            2)
      << "nothing was touched";
}

}  // namespace
}  // namespace salesflow::test
