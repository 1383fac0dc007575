// Screens over HTTP: one snapshot for all parts whatever is written meanwhile, each part as it is answered alone,
// straight and through a pooler.
#include <atomic>
#include <set>
#include <thread>

#include "tests/integration/server_story.hpp"
#include "tests/support/sample_data.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

class ScreenStory : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    load_sample(database);
    const generator::Population population(sample_options());
    user = population.user_id(0).to_string();
    org = population.organization_id(population.organization_of_user(0)).to_string();
    token = run_salesflow({"token", "--user", user, "--org", org, "--role", "owner"}, {{"JWT_SECRET", test_jwt_secret}})
                .output;
    token.erase(token.find_last_not_of(" \n") + 1);
    const auto url = [&](Login login) { return GetParam() ? database.pooled_url(login) : database.url(login); };
    auto environment = server_environment(url(Login::app), url(Login::auth), url(Login::worker));
    environment["SALESFLOW_PG_MODE"] = GetParam() ? "pooled" : "direct";
    environment["SALESFLOW_HTTP_ACCESS_LOG"] = "true";
    environment["SALESFLOW_THREADS"] = "1";
    server.emplace(environment);
  }
  JsonAnswer ask(const std::vector<std::string>& paths) {
    json::array parts;
    for (const auto& path : paths)
      parts.push_back(json::object{{"path", path}});
    return ask_parts(std::move(parts));
  }
  JsonAnswer ask_parts(json::array parts) {
    return server->call("POST", "/api/screen", token, json::serialize(json::object{{"parts", std::move(parts)}}));
  }
  std::string one(const std::string& sql) { return database.run(sql, {user}).value(); }
  /// The access log's line of the last screen.
  json::object last_screen() {
    json::object found;
    EXPECT_TRUE(wait_until([&] {
      std::istringstream lines(server->log_text());
      for (std::string line; std::getline(lines, line);) {
        boost::system::error_code error;
        const json::value parsed = json::parse(line, error);
        const auto* entry = error ? nullptr : parsed.if_object();
        if (entry && entry->contains("route") && entry->at("route") == "/api/screen" && entry->at("event") == "request")
          found = *entry;
      }
      return !found.empty();
    }));
    return found;
  }

  TestDatabase database;
  std::string user, org, token;
  std::optional<RunningServer> server;
};

INSTANTIATE_TEST_SUITE_P(BothModes, ScreenStory, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "Pooled" : "Direct"; });

TEST_P(ScreenStory, TheBoardsSumIsTheListsSumWhileDealsChange) {
  database.run("DELETE FROM deals WHERE org_id <> $1", {org});
  database.run("DELETE FROM deals WHERE id NOT IN (SELECT id FROM deals ORDER BY id LIMIT 60)");
  database.run("UPDATE deals SET stage = 'proposal', pipeline = 'default', value = 100, currency = 'EUR'");
  std::atomic<bool> stop{false};
  std::atomic<int> writes{0};
  std::thread writer([&] {
    auto session = SqlSession::connect(database.url(Login::owner)).value();
    while (!stop) {
      const auto written =
          session.run("UPDATE deals SET value = value + 1 WHERE id = (SELECT id FROM deals ORDER BY random() LIMIT 1)");
      EXPECT_TRUE(written) << written.error().public_detail;
      ++writes;
    }
  });
  std::set<std::string> sums;
  for (int i = 0; i < 200; ++i) {
    const auto answer = ask(
        {"/api/deals/pipeline", "/api/deals?per_page=100&open_only=true&pipeline=default", "/api/deals/stats/summary"});
    ASSERT_EQ(answer.status, 200) << answer.raw.body;
    const auto& parts = answer.body.at("parts").as_array();
    const auto& totals = parts[0].at("body").at("totals");
    std::int64_t listed = 0;
    for (const auto& item : parts[1].at("body").at("items").as_array()) {
      const auto& value = item.at("value");
      listed += value.is_string() ? std::stoll(std::string(value.as_string())) : value.to_number<std::int64_t>();
    }
    EXPECT_EQ(totals.at("total_value").to_number<std::int64_t>(), listed);
    EXPECT_EQ(totals.at("deal_count"), parts[1].at("body").at("total"));
    EXPECT_EQ(parts[2].at("body").at("open").at("value").to_number<std::int64_t>(), listed);
    sums.insert(std::to_string(listed));
  }
  stop = true;
  writer.join();
  EXPECT_GT(writes, 20);
  EXPECT_GT(sums.size(), 10u) << "nothing was written between the screens";
}

TEST_P(ScreenStory, EightPartsTakeOneRoundTrip) {
  const std::vector<std::string> paths{"/api/deals/pipeline", "/api/deals",          "/api/contacts",
                                       "/api/leads",          "/api/idps/inbox",     "/api/inbox/stats",
                                       "/api/tasks/due",      "/api/autopilot/stats"};
  for (int i = 0; i < 2; ++i) {
    const auto answer = ask(paths);
    ASSERT_EQ(answer.status, 200) << answer.raw.body;
    for (const auto& part : answer.body.at("parts").as_array())
      EXPECT_EQ(part.at("status"), 200) << json::serialize(part);
  }
  const auto line = last_screen();
  EXPECT_EQ(line.at("round_trips"), 1) << json::serialize(line);
  EXPECT_GE(line.at("statements").to_number<int>(), 8);
  const std::string log = server->log_text();
  EXPECT_NE(log.find(R"("event":"screen_part","route":"/api/idps/inbox","status":200)"), std::string::npos);
  EXPECT_EQ(log.find("postgres_connection_lost"), std::string::npos);
}

TEST_P(ScreenStory, EveryReadIsAnsweredAsItIsAlone) {
  const json::value document = server->get("/openapi.json").body;
  const std::map<std::string, std::string> ids{
      {"{deal_id}",
       one("SELECT d.id FROM deals d, org_members m WHERE m.user_id = $1 AND d.org_id = m.org_id LIMIT 1")},
      {"{contact_id}",
       one("SELECT c.id FROM contacts c, org_members m WHERE m.user_id = $1 AND c.org_id = m.org_id LIMIT 1")},
      {"{lead_id}", one("SELECT id FROM leads WHERE user_id = $1 ORDER BY id LIMIT 1")},
      {"{event_id}", one("SELECT id FROM message_events WHERE user_id = $1 ORDER BY id LIMIT 1")},
      {"{note_id}", one("SELECT id FROM crm_notes WHERE user_id = $1 ORDER BY id LIMIT 1")}};
  // What is no part of a screen, and why.
  const std::map<std::string, std::string> refused{{"/api/stream", "is a stream"}};
  int compared = 0;
  for (const auto& [path, operations] : document.at("paths").as_object()) {
    std::string target(path);
    if (!operations.as_object().contains("get") || !target.starts_with("/api/"))
      continue;
    for (const auto& [name, id] : ids) {
      if (const auto at = target.find(name); at != std::string::npos)
        target.replace(at, name.size(), id);
    }
    if (target.find('{') != std::string::npos)
      continue;
    SCOPED_TRACE(target);
    auto answer = ask({target});
    if (refused.contains(std::string(path))) {
      EXPECT_EQ(answer.status, 422) << answer.raw.body;
      EXPECT_EQ(answer.first_field(), "parts[0].path");
      continue;
    }
    ASSERT_EQ(answer.status, 200) << answer.raw.body;
    const auto tag_of_part = [&answer] {
      const auto& tag = answer.body.at("parts").at(0).at("etag");
      return tag.is_null() ? std::string() : std::string(tag.as_string());
    };
    // A job of the server (a sequence that is due) may write between the two: then both are asked again.
    auto alone = server->get(target, token);
    const bool says_its_time = alone.raw.body.find("\"as_of\"") != std::string::npos;
    for (int again = 0; again < 3 && !says_its_time && tag_of_part() != alone.header("ETag"); ++again) {
      answer = ask({target});
      alone = server->get(target, token);
    }
    const auto& part = answer.body.at("parts").at(0);
    EXPECT_EQ(part.at("status"), alone.status);
    EXPECT_EQ(part.at("content_type"), json::value(alone.header("Content-Type")));
    // What says its own time (as_of) is another answer, and has another tag.
    if (says_its_time)
      EXPECT_EQ(tag_of_part().empty(), alone.header("ETag").empty());
    else
      EXPECT_EQ(tag_of_part(), alone.header("ETag"));
    if (alone.status == 200) {
      EXPECT_EQ(part.at("body").kind(), alone.body.kind());
    }
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

TEST_P(ScreenStory, AForeignIdIs404InItsPartAndATagMakesA304) {
  const std::string own =
      one("SELECT d.id FROM deals d, org_members m WHERE m.user_id = $1 AND d.org_id = m.org_id LIMIT 1");
  const auto other = database.create_account("other@example.com");
  const std::string foreign =
      database.run("INSERT INTO deals (org_id, title) VALUES ($1, 'Theirs') RETURNING id", {other.org_id.to_string()})
          .value();
  const auto alone = server->get("/api/deals/" + own, token);
  json::array parts{json::object{{"path", "/api/deals/" + foreign}},
                    json::object{{"path", "/api/deals/" + own}, {"etag", alone.header("ETag")}},
                    json::object{{"path", "/api/deals/" + own}, {"etag", "\"v0\""}},
                    json::object{{"path", "/api/deals?per_page=0"}}};
  const auto answer = ask_parts(std::move(parts));
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.body.at("parts").at(0).at("status"), 404);
  EXPECT_EQ(answer.body.at("parts").at(1).at("status"), 304);
  EXPECT_TRUE(answer.body.at("parts").at(1).at("body").is_null());
  EXPECT_EQ(answer.body.at("parts").at(2).at("status"), 200);
  EXPECT_EQ(answer.body.at("parts").at(2).at("body"), alone.body);
  EXPECT_EQ(answer.body.at("parts").at(3).at("status"), 422);
  EXPECT_EQ(answer.header("SalesFlow-Xid"), "") << "a screen writes nothing";
  EXPECT_EQ(ask({"/api/deals", "/api/deals/" + own + "/move"}).status, 422);
}

TEST_P(ScreenStory, SeesWhatItsCallerHasJustWritten) {
  for (int i = 0; i < 20; ++i) {
    const auto made = server->call("POST", "/api/deals", token, R"({"title":"Just now","value":5})");
    ASSERT_EQ(made.status, 201) << made.raw.body;
    const auto answer = ask({"/api/deals/" + std::string(made.body.at("id").as_string())});
    EXPECT_EQ(answer.body.at("parts").at(0).at("status"), 200);
    EXPECT_EQ(answer.body.at("parts").at(0).at("body"), made.body);
  }
}

TEST_P(ScreenStory, AKilledServerProcessIs503AndTheNextScreenIsAnswered) {
  ASSERT_EQ(ask({"/api/deals", "/api/contacts"}).status, 200);
  auto blocker = SqlSession::connect(database.url(Login::owner)).value();
  blocker.run("BEGIN").value();
  blocker.run("LOCK TABLE deals IN ACCESS EXCLUSIVE MODE").value();
  std::thread killer([&] {
    EXPECT_TRUE(wait_until([&] {
      return database
                 .run(
                     "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                     "current_database() AND usename = 'salesflow_app' AND wait_event_type = 'Lock') AS killed")
                 .value() != "0";
    }));
  });
  const auto answer = ask({"/api/contacts", "/api/deals", "/api/leads"});
  killer.join();
  blocker.run("ROLLBACK").value();
  EXPECT_EQ(answer.status, 503) << answer.raw.body;
  EXPECT_NE(answer.header("Retry-After"), "");
  EXPECT_EQ(ask({"/api/contacts", "/api/deals", "/api/leads"}).status, 200);
}

}  // namespace
}  // namespace salesflow::test
