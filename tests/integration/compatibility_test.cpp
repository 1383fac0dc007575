// docs/compatibility.md and /openapi.json tell the same, and real answers fit the schemas that are served.
#include <set>

#include "tests/integration/compatibility_table.hpp"
#include "tests/integration/schema_fit.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

class Compatibility : public ServerStory {
 protected:
  json::value openapi() { return server().get("/openapi.json").body; }
};

TEST_F(Compatibility, ABodyIsRequiredWhereACookieOrATokenWillNotDo) {
  const json::value document = openapi();
  const auto required = [&](std::string_view path) {
    return document.at("paths").at(path).at("post").at("requestBody").at("required").as_bool();
  };
  EXPECT_TRUE(required("/api/auth/login"));
  EXPECT_FALSE(required("/api/auth/refresh"));
  EXPECT_FALSE(required("/api/auth/logout"));
}

TEST_F(Compatibility, TheTableAndTheServedRoutesAgree) {
  const json::value document = openapi();
  const auto& paths = document.at("paths").as_object();
  std::set<std::string> documented;
  for (const CompatibilityLine& line : read_compatibility_table()) {
    std::string method = line.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto* path = paths.if_contains(line.path);
    const bool is_served = path && path->as_object().contains(method);
    if (line.path == "/docs")
      continue;  // a page for people, which the document does not describe
    EXPECT_EQ(is_served, line.is_served()) << line.method << " " << line.path << " is " << line.state;
    documented.insert(method + " " + line.path);
  }
  EXPECT_GT(documented.size(), 100u) << "the table was not read";
  for (const auto& [path, operations] : paths) {
    for (const auto& [method, operation] : operations.as_object()) {
      if (method == "parameters")
        continue;
      EXPECT_TRUE(documented.contains(std::string(method) + " " + std::string(path)))
          << method << " " << path << " is missing in docs/compatibility.md";
    }
  }
}

TEST_F(Compatibility, RealAnswersFitTheServedSchemas) {
  const json::value document = openapi();
  const auto anna = server().sign_up("anna@example.com");
  const std::string id = create_event(anna.token, "Hallo");
  ASSERT_EQ(server()
                .call("PUT", "/api/autopilot/message-event/" + id + "/suggested-reply", anna.token, R"({"text":"x"})")
                .status,
            200);
  struct Call {
    const char* method;
    std::string path, target, body;
    int status;
  };
  const Call calls[] = {
      {"get", "/api/autopilot/message-events", "/api/autopilot/message-events?limit=5", "", 200},
      {"get", "/api/autopilot/message-events/pending", "/api/autopilot/message-events/pending", "", 200},
      {"get", "/api/autopilot/message-event/{event_id}", "/api/autopilot/message-event/" + id, "", 200},
      {"patch", "/api/autopilot/message-event/{event_id}", "/api/autopilot/message-event/" + id,
       R"({"autopilot_status":"sent"})", 200},
      {"put", "/api/autopilot/settings", "/api/autopilot/settings", R"({"mode":"assist"})", 200},
      {"get", "/api/autopilot/settings", "/api/autopilot/settings", "", 200},
      {"get", "/api/autopilot/stats", "/api/autopilot/stats", "", 200},
      {"get", "/api/auth/me", "/api/auth/me", "", 200},
      {"get", "/api/organization", "/api/organization", "", 200},
      {"get", "/api/organization/members", "/api/organization/members", "", 200},
      {"get", "/api/autopilot/message-event/{event_id}", "/api/autopilot/message-event/" + anna.user_id, "", 404},
      {"post", "/api/autopilot/message-event", "/api/autopilot/message-event", "{}", 422},
  };
  for (const Call& call : calls) {
    SCOPED_TRACE(std::string(call.method) + " " + call.target);
    std::string method = call.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::toupper(c); });
    const auto answer = server().call(method, call.target, anna.token, call.body);
    ASSERT_EQ(answer.status, call.status) << answer.raw.body;
    EXPECT_EQ(misfit(document, call.path, call.method, answer), "") << answer.raw.body;
  }
}

TEST_F(Compatibility, ServiceRoutesAnswerAsOldClientsKnowThem) {
  EXPECT_EQ(server().get("/").body.at("status").as_string(), "ok");
  EXPECT_EQ(server().get("/health").raw.body, R"({"status":"healthy","version":"2.0.0"})");
  EXPECT_EQ(server().get("/healthz").status, 200);
  const auto metrics = server().get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.raw.body.find("# TYPE"), std::string::npos);
  const auto docs = server().get("/docs");
  EXPECT_EQ(docs.status, 200);
  EXPECT_EQ(docs.raw.body.find("https://"), std::string::npos) << "the docs load nothing from elsewhere";
}

TEST_F(Compatibility, MetricsNameRoutesAndQueries) {
  const auto anna = server().sign_up("anna@example.com");
  server().get("/api/autopilot/message-events/pending", anna.token);
  const std::string metrics = server().get("/metrics").raw.body;
  EXPECT_NE(metrics.find("query=\"events.list_pending\""), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("list_pending"), std::string::npos);
  EXPECT_NE(metrics.find("salesflow_pool_wait_seconds"), std::string::npos);
}

}  // namespace
}  // namespace salesflow::test
