// docs/compatibility.md and /openapi.json tell the same, and real answers fit the schemas that are served.
#include <fstream>
#include <regex>
#include <set>

#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

struct Line {
  std::string method, path, state;
};

std::vector<Line> read_table() {
  std::ifstream file(std::string(SALESFLOW_SOURCE_DIR) + "/docs/compatibility.md");
  const std::regex row(R"(^\| (GET|POST|PUT|PATCH|DELETE) \| (\S+) \| (\w+) \|.*)");
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    std::smatch match;
    if (std::regex_match(text, match, row))
      lines.push_back({match[1], match[2], match[3]});
  }
  return lines;
}

/// Checks `value` against the subset of JSON Schema that we write; the first complaint, "" when it fits.
std::string misfit(const json::value& value, const json::object& schema, const json::object& components,
                   const std::string& where) {
  if (const auto* reference = schema.if_contains("$ref")) {
    const std::string name(reference->as_string());
    return misfit(value, components.at(name.substr(name.rfind('/') + 1)).as_object(), components, where);
  }
  if (const auto* any = schema.if_contains("anyOf")) {
    for (const auto& option : any->as_array()) {
      if (misfit(value, option.as_object(), components, where).empty())
        return "";
    }
    return where + " fits none of anyOf";
  }
  if (const auto* type = schema.if_contains("type")) {
    const auto fits = [&](std::string_view name) {
      return (name == "object" && value.is_object()) || (name == "array" && value.is_array()) ||
             (name == "string" && value.is_string()) || (name == "boolean" && value.is_bool()) ||
             (name == "null" && value.is_null()) || (name == "integer" && (value.is_int64() || value.is_uint64())) ||
             (name == "number" && value.is_number());
    };
    bool any = false;
    if (type->is_string()) {
      any = fits(type->as_string());
    } else {
      for (const auto& name : type->as_array())
        any |= fits(name.as_string());
    }
    if (!any)
      return where + " is no " + json::serialize(*type);
  }
  if (const auto* names = schema.if_contains("enum"); names && value.is_string()) {
    const auto& list = names->as_array();
    if (std::find(list.begin(), list.end(), value) == list.end())
      return where + " is not in the enum";
  }
  if (value.is_object() && schema.contains("properties")) {
    const auto& properties = schema.at("properties").as_object();
    for (const auto& [key, member] : value.as_object()) {
      const auto* property = properties.if_contains(key);
      if (!property)
        return where + "." + std::string(key) + " is not documented";
      auto complaint = misfit(member, property->as_object(), components, where + "." + std::string(key));
      if (!complaint.empty())
        return complaint;
    }
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& key : required->as_array()) {
        if (!value.as_object().contains(key.as_string()))
          return where + "." + std::string(key.as_string()) + " is missing";
      }
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (const auto& item : value.as_array()) {
      auto complaint = misfit(item, schema.at("items").as_object(), components, where + "[]");
      if (!complaint.empty())
        return complaint;
    }
  }
  return "";
}

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
  for (const Line& line : read_table()) {
    std::string method = line.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto* path = paths.if_contains(line.path);
    const bool is_served = path && path->as_object().contains(method);
    if (line.path == "/docs")
      continue;  // a page for people, which the document does not describe
    const bool should_be = line.state == "served" || line.state == "changed" || line.state == "new";
    EXPECT_EQ(is_served, should_be) << line.method << " " << line.path << " is " << line.state;
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
  const json::object no_components;
  const auto* components_node = document.as_object().if_contains("components");
  const auto* schemas = components_node ? components_node->as_object().if_contains("schemas") : nullptr;
  const json::object& components = schemas ? schemas->as_object() : no_components;
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
    const auto& responses = document.at("paths").at(call.path).at(call.method).at("responses").as_object();
    const auto* described = responses.if_contains(std::to_string(call.status));
    if (!described)
      described = responses.if_contains("default");
    ASSERT_NE(described, nullptr) << "status " << call.status << " is not documented";
    json::object response = described->as_object();
    if (const auto* reference = response.if_contains("$ref")) {
      const std::string name(reference->as_string());
      response = document.at("components").at("responses").at(name.substr(name.rfind('/') + 1)).as_object();
    }
    const std::string type = answer.status < 400 ? "application/json" : "application/problem+json";
    EXPECT_EQ(misfit(answer.body, response.at("content").at(type).at("schema").as_object(), components, "answer"), "")
        << answer.raw.body;
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
