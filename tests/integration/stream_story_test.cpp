// The live stream over HTTP: changes of its own tenant, resumed, ended with its session, its token and its server,
// straight and through nginx.
#include <regex>

#include "platform/cluster/postgres.hpp"
#include "tests/integration/proxy_rig.hpp"
#include "tests/integration/schema_fit.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;

/// A client that listens, as fetch and a reader would.
class Listener {
 public:
  Listener(int port, const std::string& token, const std::string& last_id = {},
           const std::string& target = "/api/stream")
      : client_(static_cast<std::uint16_t>(port)) {
    client_.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n" +
                 (last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n") + "\r\n");
  }
  /// Waits until that stands in what was received.
  bool hears(const std::string& text, std::chrono::milliseconds patience = 20s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (heard.find(text) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !client_.read_into(heard, left))
        return false;
    }
    return true;
  }
  bool hears_the_end(std::chrono::milliseconds patience = 10s) {
    return hears("\r\n0\r\n\r\n", patience) || client_.wait_for_end(patience);
  }
  /// What it was told in the order, e.g. {"ready", "leads insert"}; badges left out.
  std::vector<std::string> events() const {
    std::vector<std::string> all;
    static const std::regex event(R"re(event: (\w+)\r?\ndata: (.*))re");
    static const std::regex change(R"re("table":"(\w+)","operation":"(\w+)")re");
    for (auto at = std::sregex_iterator(heard.begin(), heard.end(), event); at != std::sregex_iterator(); ++at) {
      const std::string data = (*at)[2];
      std::smatch found;
      if ((*at)[1] == "badges")
        continue;
      all.push_back(std::regex_search(data, found, change) ? found[1].str() + " " + found[2].str() : (*at)[1].str());
    }
    return all;
  }
  /// Each event that does not fit what /openapi.json says.
  std::string misfits(const json::value& document) const {
    static const std::regex event(R"re(event: (\w+)\r?\ndata: (.*)\n(?:id: (\S+)\n)?)re");
    std::string all;
    for (auto at = std::sregex_iterator(heard.begin(), heard.end(), event); at != std::sregex_iterator(); ++at)
      all += misfit_of_event(document, "/api/stream", (*at)[1].str(), (*at)[3].str(), (*at)[2].str());
    return all;
  }
  std::string last_id() const {
    std::string last;
    static const std::regex id(R"(\nid: (\S+)\n)");
    for (auto at = std::sregex_iterator(heard.begin(), heard.end(), id); at != std::sregex_iterator(); ++at)
      last = (*at)[1];
    return last;
  }

  std::string heard;

 private:
  http::testing::RawClient client_;
};

using Events = std::vector<std::string>;

class StreamStory : public ServerStory {
 protected:
  /// One that is not there yet: the same name again makes no other.
  void add_lead(const std::string& token) {
    const auto made =
        server().call("POST", "/api/leads", token, R"({"name":"Lead )" + std::to_string(++leads_) + R"("})");
    EXPECT_LT(made.status, 300) << made.raw.body;
  }
  std::int64_t metric(const std::string& line) {
    const std::string all = server().get("/metrics").raw.body;
    const auto at = all.find("\n" + line + " ");
    return at == std::string::npos ? -1 : std::stoll(all.substr(at + line.size() + 2));
  }

 private:
  int leads_ = 0;
};

TEST_F(StreamStory, TellsOfOwnChangesAndResumesWithoutGapOrDouble) {
  const auto ann = server().sign_up("ann@example.org"), eve = server().sign_up("eve@example.org");
  Listener listener(server().port(), ann.token), hers(server().port(), eve.token);
  ASSERT_TRUE(listener.hears("event: ready")) << listener.heard;
  ASSERT_TRUE(hers.hears("event: ready"));
  EXPECT_NE(listener.heard.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_TRUE(listener.hears("event: badges")) << "whoever comes asks for them";
  add_lead(ann.token);
  ASSERT_TRUE(listener.hears(R"("table":"leads","operation":"insert","ids":[")"));
  create_event(ann.token, "Hello");
  ASSERT_TRUE(listener.hears(R"("table":"message_events","operation":"insert")"));
  const std::string place = listener.last_id();
  // Missed, and what comes while it resumes.
  add_lead(ann.token);
  add_lead(eve.token);
  ASSERT_TRUE(hers.hears(R"("table":"leads")"));
  Listener again(server().port(), ann.token, place);
  add_lead(ann.token);
  ASSERT_TRUE(wait_until([&] {
    (void)again.hears("never", 50ms);
    return again.events().size() >= 3;
  }));
  const auto all = again.events();
  EXPECT_EQ(all.front(), "ready");
  EXPECT_EQ(std::count(all.begin(), all.end(), "leads insert"), 2) << again.heard;
  const auto told = hers.events();
  EXPECT_EQ(std::count(told.begin(), told.end(), "leads insert"), 1) << hers.heard;
  EXPECT_EQ(std::count(told.begin(), told.end(), "message_events insert"), 0);
  // By the query, for clients that cannot set the header.
  Listener by_query(server().port(), ann.token, "", "/api/stream?last_event_id=" + place);
  EXPECT_TRUE(by_query.hears("leads"));
  EXPECT_GE(metric("salesflow_streams_open"), 4);
  EXPECT_GE(metric(R"(salesflow_stream_events_total{event="changes"})"), 5);
}

TEST_F(StreamStory, AnImportsProgressIsToldToItsOwnerAlone) {
  const auto ann = server().sign_up("ann@example.org"), eve = server().sign_up("eve@example.org");
  const std::string org = database.run("SELECT org_id FROM org_members WHERE user_id = $1", {ann.user_id}).value();
  database.run("INSERT INTO org_members (org_id, user_id) VALUES ($1, $2)", {org, eve.user_id});
  std::string fellow = run_salesflow({"token", "--user", eve.user_id, "--org", org, "--role", "member"},
                                     {{"JWT_SECRET", test_jwt_secret}})
                           .output;
  fellow.erase(fellow.find_last_not_of(" \n") + 1);
  Listener owner(server().port(), ann.token), other(server().port(), eve.token), member(server().port(), fellow);
  for (Listener* listener : {&owner, &other, &member})
    ASSERT_TRUE(listener->hears("event: ready")) << listener->heard;
  std::string rows = "name,email\n";
  for (int i = 0; i < 11'000; ++i)
    rows += "Person " + std::to_string(i) + ",p" + std::to_string(i) + "@example.com\n";
  const std::string id = "0190a6f2-7c3d-7abc-9def-000000000007";
  http::testing::RawClient sender(static_cast<std::uint16_t>(server().port()));
  sender.send("POST /api/leads/import?job_id=" + id + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n" +
              "Authorization: Bearer " + ann.token + "\r\nContent-Length: " + std::to_string(rows.size()) + "\r\n\r\n");
  const std::size_t part = rows.size() * 7 / 10;
  sender.send(std::string_view(rows).substr(0, part));
  // While it runs: behind its first batch.
  ASSERT_TRUE(owner.hears(R"("kind":"leads","status":"running","dry_run":false,"progress":{"rows_read":5000,)"))
      << owner.heard;
  const std::regex percent(R"re("rows_read":5000,"bytes_read":(\d+),"bytes_total":(\d+),"percent":([0-9.]+)\})re");
  std::smatch found;
  ASSERT_TRUE(std::regex_search(owner.heard, found, percent)) << owner.heard;
  EXPECT_EQ(std::stoul(found[2]), rows.size());
  EXPECT_NEAR(std::stod(found[3]), 100.0 * std::stod(found[1]) / static_cast<double>(rows.size()), 0.06);
  EXPECT_LT(std::stod(found[3]), 71);
  sender.send(std::string_view(rows).substr(part));
  ASSERT_TRUE(owner.hears(R"("status":"completed")")) << owner.heard;
  ASSERT_TRUE(owner.hears(R"("percent":100)")) << owner.heard;
  EXPECT_TRUE(owner.hears(R"("imported":11000,"updated":0,"duplicates":0,"errors":0)")) << owner.heard;
  EXPECT_EQ(sender.read_answer(false, 20s).status, 202);
  // Whoever else listens is told of what comes later, and was told of no import.
  database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'x')", {eve.user_id});
  for (Listener* listener : {&other, &member}) {
    EXPECT_TRUE(listener->hears(R"("table":"leads")"));
    EXPECT_EQ(listener->heard.find("import"), std::string::npos) << listener->heard;
    EXPECT_EQ(listener->heard.find("event: jobs"), std::string::npos);
  }
  EXPECT_EQ(owner.misfits(server().get("/openapi.json").body), "");
  EXPECT_EQ(server().call("DELETE", "/api/leads/import/" + id, ann.token).status, 204);
  EXPECT_TRUE(owner.hears(R"("table":"import_jobs","operation":"delete","ids":[")" + id + R"("],"jobs":[])"));
  EXPECT_GE(metric(R"(salesflow_stream_events_total{event="jobs"})"), 3);
}

TEST_F(StreamStory, AnIdThatCannotBeGoneOnFromIsAResync) {
  const auto ann = server().sign_up("ann@example.org"), eve = server().sign_up("eve@example.org");
  Listener hers(server().port(), eve.token);
  ASSERT_TRUE(hers.hears("event: ready"));
  const std::string id = hers.last_id();
  const std::string mark = id.substr(id.find('.'));
  for (const std::string& bad : {id, std::string("garbage"), std::string("-1"), std::string(2'000, '9')}) {
    Listener listener(server().port(), ann.token, bad);
    EXPECT_TRUE(listener.hears("event: resync")) << bad << listener.heard;
    add_lead(ann.token);
    EXPECT_TRUE(listener.hears(R"("table":"leads")")) << "and goes on " << listener.heard;
    EXPECT_EQ(listener.events().front(), "resync");
    EXPECT_EQ(listener.events().back(), "leads insert");
  }
  Listener tomorrow(server().port(), eve.token, "99999999" + mark);
  EXPECT_TRUE(tomorrow.hears("unknown_id")) << tomorrow.heard;
  EXPECT_GE(metric("salesflow_stream_resyncs_total"), 5);
}

TEST_F(StreamStory, EndsWithinASecondOfTheSession) {
  const auto ann = server().sign_up("ann@example.org"), eve = server().sign_up("eve@example.org");
  Listener listener(server().port(), ann.token), hers(server().port(), eve.token);
  ASSERT_TRUE(listener.hears("event: ready"));
  ASSERT_TRUE(hers.hears("event: ready"));
  // Ended in the database, as another node would.
  database.run("UPDATE salesflow.sessions SET revoked_at = now() WHERE user_id = $1", {ann.user_id});
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(listener.hears("session_ended")) << listener.heard;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  EXPECT_TRUE(listener.hears_the_end());
  EXPECT_FALSE(hers.hears("event: end", 300ms));
  EXPECT_EQ(server().get("/api/stream", ann.token).status, 401);
}

TEST_F(StreamStory, EndsBeforeItsToken) {
  extra["SALESFLOW_STREAM_LIFE_MAX"] = "1500ms";
  const auto ann = server().sign_up("ann@example.org");
  Listener listener(server().port(), ann.token);
  ASSERT_TRUE(listener.hears("event: ready"));
  EXPECT_TRUE(listener.hears("\"reason\":\"renew\"", 5s)) << listener.heard;
  EXPECT_TRUE(listener.hears_the_end());
  // A token that has seconds left: the stream says so at once, rather than live longer than it.
  std::string brief =
      run_salesflow({"token", "--user", ann.user_id, "--ttl", "5s"}, {{"JWT_SECRET", test_jwt_secret}}).output;
  brief.erase(brief.find_last_not_of(" \n") + 1);
  Listener late(server().port(), brief);
  EXPECT_TRUE(late.hears("\"reason\":\"renew\"", 3s)) << late.heard;
}

TEST_F(StreamStory, SaysGoodbyeOnSigterm) {
  extra["SALESFLOW_STREAM_HEARTBEAT"] = "200ms";
  const auto ann = server().sign_up("ann@example.org");
  Listener listener(server().port(), ann.token);
  ASSERT_TRUE(listener.hears(": heartbeat\nid: ")) << listener.heard;
  ::kill(server().process().pid(), SIGTERM);
  EXPECT_TRUE(listener.hears("\"reason\":\"shutdown\"")) << listener.heard;
  EXPECT_TRUE(listener.hears_the_end());
  EXPECT_TRUE(wait_until([&] { return !server().process().is_running(); }, 10s));
}

TEST_F(StreamStory, ASlowReaderIsCutAndOthersAreNot) {
  extra["SALESFLOW_STREAM_BUFFER_BYTES_MAX"] = "16384";
  extra["SALESFLOW_STREAMS_PER_USER_MAX"] = "2";
  const auto ann = server().sign_up("ann@example.org");
  Listener reading(server().port(), ann.token);
  ASSERT_TRUE(reading.hears("event: ready"));
  http::testing::RawClient slow(static_cast<std::uint16_t>(server().port()), 2048);
  slow.send("GET /api/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ann.token + "\r\n\r\n");
  ASSERT_TRUE(wait_until([&] { return metric("salesflow_streams_open") == 2; }));
  const auto third = server().get("/api/stream", ann.token);
  EXPECT_EQ(third.status, 429) << third.raw.body;
  // Each of these is an event of 2 kB. The kernel takes some hundred kB for a client that does not read.
  for (int i = 0; i < 600 && metric("salesflow_streams_cut_total") < 1; i += 100)
    database.run("DO $$ BEGIN FOR i IN 1..100 LOOP INSERT INTO leads (user_id, name) SELECT '" + ann.user_id +
                 "', 'x' FROM generate_series(1, 50); COMMIT; END LOOP; END $$");
  EXPECT_TRUE(wait_until([&] { return metric("salesflow_streams_cut_total") >= 1; }, 10s));
  EXPECT_TRUE(wait_until([&] { return metric("salesflow_streams_open") <= 1; }, 10s));
}

TEST_F(StreamStory, WorksThroughNginx) {
  extra["SALESFLOW_STREAM_HEARTBEAT"] = "300ms";
  const auto ann = server().sign_up("ann@example.org");
  const Scratch scratch;
  const int port = cluster::free_port();
  const auto written = run_salesflow(
      {"proxy-config", "nginx", "--salesflow", "http://127.0.0.1:" + std::to_string(server().port()), "--supabase",
       "http://127.0.0.1:9", "--legacy", "http://127.0.0.1:9", "--listen", "127.0.0.1:" + std::to_string(port)},
      {});
  ASSERT_EQ(written.exit_code, 0) << written.output;
  auto nginx = start_nginx(written.output, port, scratch.path());
  Listener listener(port, ann.token);
  ASSERT_TRUE(listener.hears("event: ready")) << listener.heard << nginx.log_text();
  EXPECT_EQ(listener.heard.find("X-Accel-Buffering"), std::string::npos) << "nginx took it";
  const auto began = std::chrono::steady_clock::now();
  add_lead(ann.token);
  ASSERT_TRUE(listener.hears(R"("table":"leads","operation":"insert")")) << listener.heard;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s) << "not buffered";
  ASSERT_TRUE(listener.hears(": heartbeat"));
  Listener again(port, ann.token, listener.last_id());
  EXPECT_TRUE(again.hears(R"("resumed":true)")) << again.heard;
  ::kill(server().process().pid(), SIGTERM);
  EXPECT_TRUE(listener.hears("\"reason\":\"shutdown\"")) << listener.heard;
  EXPECT_TRUE(listener.hears_the_end());
}

}  // namespace
}  // namespace salesflow::test
