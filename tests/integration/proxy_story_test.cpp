// One address for SalesFlow, Supabase and the service that was there before: the configuration that `salesflow
// proxy-config nginx` writes, in a real nginx, with Supabase's own client in front and stand-ins behind.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "platform/cluster/postgres.hpp"
#include "tests/integration/compatibility_table.hpp"
#include "tests/integration/proxy_rig.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* some_id = "0190a2f4-0000-7000-8000-000000000001";
constexpr const char* every_method[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

CommandResult proxy_config(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"proxy-config", "nginx"});
  return run_salesflow(std::move(arguments), {});
}

/// "/api/leads/{lead_id}" with an id that nobody has.
std::string filled_in(std::string path) {
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    const auto close = path.find('}', open);
    const bool is_item = path.substr(open, close - open + 1) == "{item_id}";
    path.replace(open, close - open + 1, (is_item ? "lead_" : "") + std::string(some_id));
  }
  return path;
}

bool may_succeed(const json::object& responses) {
  return std::any_of(responses.begin(), responses.end(), [](const auto& one) { return one.key() < "400"; });
}

class ProxyStory : public ServerStory {
 protected:
  ProxyStory() {
    extra = {{"SALESFLOW_HTTP_SUPABASE_URL", "https://crm.supabase.co"},
             {"SALESFLOW_HTTP_TRUSTED_PROXIES", "127.0.0.1"},
             {"SALESFLOW_HTTP_CORS_ORIGINS", "https://app.example.com"}};
  }

  /// nginx before a service that is there (or not) and the two stand-ins.
  void start(const std::string& salesflow_url) {
    supabase_.emplace("supabase", scratch_.path());
    before_.emplace("before", scratch_.path());
    start_proxy(
        {"--salesflow", salesflow_url, "--supabase", supabase_->service.url(), "--legacy", before_->service.url()});
  }
  void start() { start("http://127.0.0.1:" + std::to_string(server().port())); }
  void start_proxy(std::vector<std::string> arguments) {
    const int port = cluster::free_port();
    arguments.insert(arguments.end(), {"--listen", "127.0.0.1:" + std::to_string(port)});
    const auto written = proxy_config(std::move(arguments));
    ASSERT_EQ(written.exit_code, 0) << written.output;
    nginx_.emplace(written.output, port, scratch_.path());
    EXPECT_EQ(nginx_->service.log_text(), "") << "nginx warns of nothing";
  }

  JsonAnswer ask(std::string_view method, std::string_view target, std::string_view token = {},
                 std::string_view body = {}, Headers headers = {}) {
    return call_port(nginx_->service.port(), method, target, token, body, std::move(headers));
  }
  /// Which service answers: "salesflow", "supabase", "before" or "nginx".
  std::string answered_by(std::string_view method, std::string_view target, Headers headers = {}) {
    const auto answer = ask(method, target, {}, {}, std::move(headers));
    if (const auto name = answer.header("X-Service"); !name.empty())
      return name;
    return answer.header("X-Process-Time").empty() ? "nginx" : "salesflow";
  }

  /// Runs stories of tests/integration/proxy/stories.mjs; what they complain about, "" when they hold.
  std::string run_stories(std::vector<std::string> names, const std::string& token = {}) {
    std::vector<std::string> arguments{"/usr/bin/env", "node", (node_folder() / "stories.mjs").string()};
    arguments.insert(arguments.end(), names.begin(), names.end());
    const auto log = scratch_ / "stories.log";
    const auto done = cluster::run_to_end(
        {.arguments = std::move(arguments),
         .environment = {"ADDRESS=" + nginx_->service.url(),
                         "SALESFLOW=http://127.0.0.1:" + std::to_string(token.empty() ? 1 : server().port()),
                         "TOKEN=" + token},
         .user = {.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}, .is_self = true},
         .log_file = log,
         .directory = scratch_.path()},
        std::chrono::seconds(60));
    return done ? "" : done.error().public_detail + cluster::log_tail(log, 40);
  }

  struct StandIn {
    StandIn(const std::string& name, const std::filesystem::path& folder, const std::optional<Certificate>& tls = {})
        : service(stand_in(name, folder, tls)) {}
    PortService service;
  };
  struct Nginx {
    Nginx(const std::string& config, int port, const std::filesystem::path& folder)
        : service(start_nginx(config, port, folder)) {}
    PortService service;
  };
  Scratch scratch_;
  std::optional<StandIn> supabase_, before_;
  std::optional<Nginx> nginx_;
};

TEST_F(ProxyStory, EveryRouteReachesTheServiceThatHasIt) {
  start();
  const json::value document = server().get("/openapi.json").body;
  std::set<std::string> ours;
  for (const auto& [path, operations] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      // What needs a service that we do not have says 501 alone: the service before has it.
      if (operation.at("responses").as_object().contains("501") && !may_succeed(operation.at("responses").as_object()))
        continue;
      std::string name(method);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
      ours.insert(name + " " + std::string(path));
    }
  }
  ASSERT_GT(ours.size(), 100u);
  std::set<std::string> asked;
  const auto expect = [&](const std::string& method, const std::string& path, const std::string& service) {
    if (asked.insert(method + " " + path).second) {
      EXPECT_EQ(answered_by(method, filled_in(path)), service) << method << " " << path;
    }
  };
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    expect("GET", path, "before");
    EXPECT_EQ(ours.erase(std::string("GET ") + path), 1u);
  }
  // A path that both have: each method goes where it is served.
  for (const std::string& route : std::set(ours)) {
    const std::string path = route.substr(route.find(' ') + 1);
    for (const std::string method : every_method)
      expect(method, path, ours.contains(method + " " + path) ? "salesflow" : "before");
  }
  // What docs/compatibility.md leaves to the service before, is there.
  std::set<std::string> left;
  for (const CompatibilityLine& line : read_compatibility_table()) {
    if (line.is_served())
      continue;
    left.insert(line.path);
    expect(line.method, line.path, "before");
  }
  EXPECT_GT(left.size(), 5u);
  // Below a path with an id, and beside all that we know: somebody else's.
  for (const char* path : {"/api/leads/export", "/api/leads/0190a2f4", "/api/contacts/import", "/api/objections",
                           "/api/deals/0190a2f4-0000-7000-8000-000000000001/files", "/api", "/favicon.ico",
                           "/api/leadsx", "/x/api/leads"}) {
    expect("GET", path, "before");
  }
}

TEST_F(ProxyStory, SupabasesPathsReachSupabaseAndOnlyThose) {
  start("http://127.0.0.1:1");
  for (const char* path : {"/rest/v1/leads?select=*", "/rest/v1/", "/rest/v1", "/auth/v1/token", "/storage/v1/object/a",
                           "/functions/v1/f", "/realtime/v1/api/broadcast"}) {
    for (const char* method : {"GET", "POST", "PATCH", "DELETE", "OPTIONS"})
      EXPECT_EQ(answered_by(method, path), "supabase") << method << " " << path;
  }
  for (const char* path : {"/rest/v10/leads", "/rest", "/x/rest/v1/leads", "/rest/v2/leads"})
    EXPECT_EQ(answered_by("GET", path), "before") << path;
}

TEST_F(ProxyStory, APreflightGoesWhereItsRequestWillGo) {
  start();
  const auto preflight = [&](const char* path, const char* method) {
    return answered_by("OPTIONS", path,
                       {{"Origin", "https://app.example.com"}, {"Access-Control-Request-Method", method}});
  };
  EXPECT_EQ(preflight("/api/deals", "POST"), "salesflow");
  EXPECT_EQ(preflight("/api/deals", "DELETE"), "before");
  EXPECT_EQ(answered_by("OPTIONS", "/api/deals"), "salesflow");
  EXPECT_EQ(preflight("/api/objections", "POST"), "before");
  const auto allowed = ask("OPTIONS", "/api/deals", {}, {},
                           {{"Origin", "https://app.example.com"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(allowed.header("Access-Control-Allow-Origin"), "https://app.example.com");
}

TEST_F(ProxyStory, TheServicesLearnWhoAsksAndWhatFor) {
  start();
  const auto asked = ask("POST", "/api/objections?x=a%2Fb", "token", "{}",
                         {{"X-Request-Id", "from-the-client"}, {"X-Forwarded-For", "203.0.113.9"}});
  const auto& headers = asked.body.at("headers");
  EXPECT_EQ(asked.body.at("url"), "/api/objections?x=a%2Fb") << "as sent";
  EXPECT_EQ(asked.body.at("body"), "{}");
  EXPECT_EQ(headers.at("x-request-id"), "from-the-client");
  EXPECT_EQ(headers.at("x-forwarded-for"), "203.0.113.9, 127.0.0.1");
  EXPECT_EQ(headers.at("x-forwarded-proto"), "http");
  EXPECT_EQ(headers.at("x-forwarded-host"), "localhost");
  EXPECT_EQ(headers.at("host"), "localhost") << "a service inside is told the client's name for it";
  EXPECT_EQ(headers.at("authorization"), "Bearer token");
  EXPECT_FALSE(headers.as_object().contains("upgrade"));
  EXPECT_EQ(ask("GET", "/api/auth/me", {}, {}, {{"X-Request-Id", "from-the-client"}}).header("X-Request-Id"),
            "from-the-client");
  EXPECT_EQ(ask("GET", "/api/auth/me", {}, {}, {{"X-Request-Id", "a b;c"}}).header("X-Request-Id").size(), 32u)
      << "what is no id is replaced by nginx' own";
  EXPECT_EQ(ask("GET", "/api/moved/").header("Location"), "http://localhost/api/moved");
}

TEST_F(ProxyStory, ABrowserAndAnAppDoAllTheirWorkThroughOneAddress) {
  start();
  const auto anna = server().sign_up("anna@example.com");
  EXPECT_EQ(run_stories({"readsAndWritesThroughTheOneAddress", "logsInThroughTheOneAddress",
                         "listensToChangesThroughTheOneAddress", "speaksWithAllThreeServicesAtOneAddress"},
                        anna.token),
            "");
  const auto lead = ask("POST", "/api/leads", anna.token, R"({"name":"Eva Huber"})");
  ASSERT_EQ(lead.status, 200) << lead.raw.body;
  EXPECT_EQ(ask("GET", "/api/leads", anna.token).body.as_array().size(), 1u);
  // An import of more than a proxy's usual megabyte, as a stream of unknown length.
  std::string csv = "name,email\n";
  for (int i = 0; csv.size() < (3u << 20); ++i)
    csv += fmt::format("Lead {0} {1},lead{0}@example.com\n", i, std::string(200, 'x'));
  const auto begun =
      ask("POST", "/api/leads/import", anna.token, fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", csv.size(), csv),
          {{"Content-Type", "text/csv"}, {"Transfer-Encoding", "chunked"}});
  EXPECT_EQ(begun.status, 202) << begun.raw.head << begun.raw.body;
}

TEST_F(ProxyStory, SupabasesClientShowsWhereToGoWhenItIsPointedAtSalesFlow) {
  start();
  const auto anna = server().sign_up("anna@example.com");
  EXPECT_EQ(run_stories({"showsWhereToGoWhenItIsPointedAtSalesFlow"}, anna.token), "");
}

TEST_F(ProxyStory, WebSocketsAndStreamsPassInBothDirections) {
  start("http://127.0.0.1:1");
  EXPECT_EQ(run_stories({"speaksOverWebSocketsWithTheServiceBefore", "readsEventsBeforeTheirStreamEnds",
                         "sendsABodyAsItComes"}),
            "");
}

TEST_F(ProxyStory, ARequestThatMayHaveBeenDoneIsNotSentAgain) {
  start("http://127.0.0.1:1");
  // A connection that is kept; its end in the middle of a request is what nginx would try again.
  ASSERT_EQ(answered_by("GET", "/api/objections"), "before");
  const auto broken = ask("POST", "/api/broken", {}, "{}");
  EXPECT_EQ(broken.status, 502);
  EXPECT_EQ(ask("GET", "/api/seen").body.at("broken"), 1) << "once";
}

TEST_F(ProxyStory, AServiceThatIsAwayIsAProblemThatClientsCanShow) {
  start("http://127.0.0.1:1");
  for (const char* method : {"GET", "POST"}) {
    const auto answer = ask(method, "/api/leads");
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_THAT(answer.detail(), HasSubstr("does not answer"));
    EXPECT_EQ(answer.body.at("message"), answer.body.at("detail"));
  }
}

TEST_F(ProxyStory, ServicesBehindHttpsAreAskedByTheirNameAndChecked) {
  const auto tls = make_certificate(scratch_.path());
  supabase_.emplace("supabase", scratch_.path(), tls);
  before_.emplace("before", scratch_.path(), tls);
  const auto https = [](const StandIn& one) { return "https://localhost:" + std::to_string(one.service.port()); };
  start_proxy({"--salesflow", "http://127.0.0.1:1", "--supabase", https(*supabase_), "--legacy", https(*before_),
               "--ca-file", tls.certificate});
  for (const auto& [path, stand_in] : {std::pair{"/rest/v1/teams", &*supabase_}, std::pair{"/api/x", &*before_}}) {
    const auto answer = ask("GET", path);
    ASSERT_EQ(answer.status, 200) << path << answer.raw.body;
    EXPECT_EQ(answer.body.at("server_name"), "localhost") << "the name in the TLS handshake";
    EXPECT_EQ(answer.body.at("headers").at("host").as_string(),
              "localhost:" + std::to_string(stand_in->service.port()));
    EXPECT_EQ(answer.body.at("headers").at("x-forwarded-host"), "localhost");
  }
  EXPECT_EQ(ask("GET", "/api/moved/").header("Location"), "/api/moved") << "back to the one address";
  nginx_.reset();
  // Somebody else's certificate.
  const auto other = scratch_ / "other";
  std::filesystem::create_directories(other);
  start_proxy({"--salesflow", "http://127.0.0.1:1", "--supabase", https(*supabase_), "--legacy", https(*before_),
               "--ca-file", make_certificate(other).certificate});
  EXPECT_EQ(ask("GET", "/rest/v1/teams").status, 502);
  EXPECT_EQ(ask("GET", "/api/x").status, 502);
}

TEST(ProxyConfig, RefusesWhatIsNoAddressAndNamesIt) {
  const std::string good = "http://127.0.0.1:8000";
  const std::vector<std::vector<std::string>> refused{
      {"--supabase", "crm.supabase.co", "--legacy", good},
      {"--supabase", "ftp://crm.supabase.co", "--legacy", good},
      {"--supabase", "https://", "--legacy", good},
      {"--supabase", "https://crm.supabase.co/rest/v1", "--legacy", good},
      {"--supabase", "https://crm.supabase.co;}", "--legacy", good},
      {"--supabase", "https://user:secret@crm.supabase.co", "--legacy", good},
      {"--supabase", "https://crm.supabase.co:99999", "--legacy", good},
  };
  for (const auto& arguments : refused) {
    const auto result = proxy_config(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments[1];
    EXPECT_THAT(result.output, HasSubstr("--supabase")) << arguments[1];
    EXPECT_THAT(result.output, HasSubstr("must be a URL")) << arguments[1];
  }
  for (const auto& [flag, value] :
       {std::pair{"--listen", "80; }"}, std::pair{"--server-name", "a\"b"}, std::pair{"--server-name", ""},
        std::pair{"--legacy", "localhost:8000"}, std::pair{"--salesflow", "8080"}, std::pair{"--ca-file", "$x"}}) {
    std::vector<std::string> arguments{"--supabase", good, flag, value};
    if (std::string(flag) != "--legacy")
      arguments.insert(arguments.end(), {"--legacy", good});
    const auto result = proxy_config(arguments);
    EXPECT_EQ(result.exit_code, 2) << flag << " " << value;
    EXPECT_THAT(result.output, HasSubstr(flag));
  }
  const auto missing = proxy_config({"--supabase", good});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.output, HasSubstr("--legacy"));
}

TEST(ProxyConfig, WritesAFileAndListsItsLocationsAsJson) {
  const Scratch folder;
  const auto file = (folder / "salesflow.conf").string();
  const std::vector<std::string> sites{"--supabase",           "https://crm.supabase.co", "--legacy",
                                       "http://10.0.0.5:8000", "--server-name",           "crm.example.com"};
  auto arguments = sites;
  arguments.insert(arguments.end(), {"--output", file});
  const auto written = proxy_config(arguments);
  EXPECT_EQ(written.exit_code, 0);
  EXPECT_EQ(written.output, "");
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(text, HasSubstr("server_name crm.example.com;"));
  EXPECT_THAT(text, HasSubstr("SALESFLOW_HTTP_TRUSTED_PROXIES="));
  arguments.back() = "/nowhere/salesflow.conf";
  const auto unwritable = proxy_config(arguments);
  EXPECT_EQ(unwritable.exit_code, 1);
  EXPECT_THAT(unwritable.output, HasSubstr("/nowhere/salesflow.conf"));
  arguments = sites;
  arguments.emplace_back("--json");
  const auto listed = proxy_config(arguments);
  ASSERT_EQ(listed.exit_code, 0);
  const json::value document = json::parse(listed.output);
  EXPECT_EQ(document.at("legacy"), "http://10.0.0.5:8000");
  std::map<std::string, int> count;
  for (const auto& location : document.at("locations").as_array())
    ++count[std::string(location.at("to").as_string())];
  EXPECT_GT(count["salesflow"], 80);
  EXPECT_EQ(count["supabase"], 5);
  EXPECT_EQ(count["legacy"], 1);
  EXPECT_THAT(proxy_config({"--help"}).output, HasSubstr("Examples:"));
}

}  // namespace
}  // namespace salesflow::test
