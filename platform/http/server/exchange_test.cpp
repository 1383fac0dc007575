// The middleware without a socket.
#include "platform/http/server/exchange.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>

#include "platform/http/server/request_metrics.hpp"

namespace salesflow::http {
namespace {

using namespace std::chrono_literals;

class FakeAuthenticator final : public Authenticator {
 public:
  Result<VerifiedIdentity> authenticate(std::string_view token) override {
    VerifiedIdentity who;
    who.user_id = Uuid::v7();
    if (token == "member" || token == "admin") {
      who.org_id = Uuid::v7();
      who.role = token == "admin" ? OrgRole::admin : OrgRole::member;
    } else if (token == "root") {
      who.superadmin = true;
    } else if (token.starts_with("foreign")) {
      who.standing = Standing::foreign;
      who.org_id = Uuid::v7();
      who.role = OrgRole::owner;
      who.superadmin = true;
    } else if (token != "user") {
      return fail(Errc::unauthenticated, "Token has expired");
    }
    return who;
  }
  Task<Result<Identity>> settle(const RequestContext&, VerifiedIdentity identity, std::string token) override {
    ++settled;
    if (token == "foreign-bug")
      throw std::runtime_error("a bug of the lookup");
    if (token == "foreign-off")
      co_return fail(Errc::forbidden, "This account is switched off");
    Identity who{identity.user_id, {}, {}, OrgRole::none, false};
    if (token == "foreign-member") {
      who.org_id = Uuid::v7();
      who.role = OrgRole::member;
    }
    co_return who;
  }
  int settled = 0;
};

class FakeStore final : public IdempotencyStore {
 public:
  Task<Result<std::optional<StoredResponse>>> begin(RequestContext&, IdempotencyRequest request) override {
    calls += "begin ";
    fingerprints.push_back(request.fingerprint);
    if (refuse)
      co_return *refuse;
    co_return stored;
  }
  Task<Result<void>> finish(RequestContext& context, StoredResponse answer) override {
    calls += "finish ";
    stored = std::move(answer);
    context.written.push_back({1, 2, 3});
    co_return Result<void>();
  }
  Task<void> abandon(RequestContext&) override {
    calls += "abandon ";
    co_return;
  }
  std::string calls;
  std::vector<std::string> fingerprints;
  std::optional<Error> refuse;
  std::optional<StoredResponse> stored;
};

class ExchangeTest : public ::testing::Test {
 protected:
  ExchangeTest() {
    settings.cors_origins = "https://app.example.com";
    settings.access_log = false;
  }

  Route& add(Method method, std::string_view path, Auth auth = Auth::anyone) {
    Route route;
    route.method = method;
    route.path = path;
    route.operation = path;
    route.auth = auth;
    if (method == Method::post) {
      route.body = BodyPolicy::json(1000);
      if (auth != Auth::anyone)
        route.idempotency = Idempotency::optional;
    }
    route.handler = [this](Request& request) -> Task<Result<Response>> {
      ++handled;
      seen = request.context->seen;
      co_return answer();
    };
    router.add(std::move(route));
    return *router.routes().back();
  }

  /// Head and body of the answer to a request, whose body stands after the empty line.
  std::string ask(const std::string& text) {
    const Cors cors(settings.cors_origins);
    const Services services{settings, router, cors, &authenticator, &store, limiter, metrics};
    Exchange exchange(services, tools, "127.0.0.1");
    RequestParser parser({});
    parser.reset();
    EXPECT_EQ(parser.parse_head(text), RequestParser::Status::done);
    exchange.open(parser.head(), std::chrono::steady_clock::now());
    std::optional<Response> response = exchange.admit();
    if (!response) {
      exchange.set_body(std::string_view(text).substr(parser.head_bytes()));
      asio::io_context context;
      auto serve = [&]() -> Task<void> { response = co_await exchange.run(); };
      asio::co_spawn(context, serve(), asio::detached);
      context.run();
    }
    const auto outgoing = exchange.finish(std::move(*response), true);
    std::string out(outgoing.head);
    if (outgoing.body)
      out += *outgoing.body;
    exchange.report(out.size());
    return out;
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

  ServerSettings settings;
  Router router;
  FakeAuthenticator authenticator;
  FakeStore store;
  RateLimiter* limiter = nullptr;
  RequestMetrics* metrics = nullptr;
  ThreadTools tools{1};
  int handled = 0;
  std::vector<Stamp> seen;
  std::function<Result<Response>()> answer = [] { return json_response("{}"); };
};

TEST_F(ExchangeTest, JudgesTheRoleOfAForeignTokenAfterLookingItUp) {
  add(Method::get, "/user", Auth::user);
  add(Method::get, "/member", Auth::org_member);
  add(Method::get, "/root", Auth::superadmin);
  add(Method::get, "/anyone");
  const auto status = [&](std::string_view path, std::string_view token) {
    return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + std::string(token) +
               "\r\n\r\n")
        .substr(9, 3);
  };
  EXPECT_EQ(status("/user", "foreign"), "200");
  EXPECT_EQ(status("/member", "foreign"), "403") << "it claims to be an owner";
  EXPECT_EQ(status("/root", "foreign"), "403") << "it claims to be superadmin";
  EXPECT_EQ(status("/member", "foreign-member"), "200");
  EXPECT_EQ(status("/user", "foreign-off"), "403");
  EXPECT_EQ(authenticator.settled, 5);
  EXPECT_EQ(status("/anyone", "foreign-off"), "200");
  EXPECT_EQ(status("/member", "member"), "200");
  EXPECT_EQ(authenticator.settled, 5) << "nothing is asked of our own tokens";
}

TEST_F(ExchangeTest, AnswersAlsoWhenTheLookupOfATokenHasABug) {
  add(Method::get, "/user", Auth::user);
  const auto answer = ask("GET /user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer foreign-bug\r\n\r\n");
  EXPECT_EQ(answer.substr(9, 3), "500");
  EXPECT_FALSE(has(answer, "a bug of the lookup")) << "what happened is for the log";
}

TEST_F(ExchangeTest, AsksForATokenAndChecksItsRights) {
  add(Method::get, "/user", Auth::user);
  add(Method::get, "/member", Auth::org_member);
  add(Method::get, "/admin", Auth::org_admin);
  add(Method::get, "/root", Auth::superadmin);
  const auto status = [&](std::string_view path, std::string_view authorization) {
    return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(authorization) + "\r\n")
        .substr(9, 3);
  };
  const std::string missing = ask("GET /user HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(has(missing, "HTTP/1.1 401 ")) << missing;
  EXPECT_TRUE(has(missing, "WWW-Authenticate: Bearer\r\n"));
  EXPECT_TRUE(has(missing, "\"detail\":\"Not authenticated\""));
  EXPECT_TRUE(has(ask("GET /user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer old\r\n\r\n"), "Token has expired"));
  EXPECT_EQ(status("/user", "Authorization: Basic dXNlcg==\r\n"), "401");
  EXPECT_EQ(status("/user", "Authorization: bearer user\r\n"), "200");
  EXPECT_EQ(status("/member", "Authorization: Bearer user\r\n"), "403");
  EXPECT_EQ(status("/member", "Authorization: Bearer member\r\n"), "200");
  EXPECT_EQ(status("/admin", "Authorization: Bearer member\r\n"), "403");
  EXPECT_EQ(status("/admin", "Authorization: Bearer admin\r\n"), "200");
  EXPECT_EQ(status("/root", "Authorization: Bearer admin\r\n"), "403");
  EXPECT_EQ(status("/root", "Authorization: Bearer root\r\n"), "200");
  EXPECT_EQ(handled, 4);
}

TEST_F(ExchangeTest, TellsASupabaseClientWhereItsProjectIs) {
  settings.supabase_url = "https://crm.supabase.co";
  for (const char* path : {"/rest/v1/leads?select=*", "/auth/v1/token?grant_type=password", "/storage/v1/object/a",
                           "/functions/v1/f", "/realtime/v1/websocket", "/rest/v1"}) {
    for (const char* method : {"GET", "POST", "PATCH", "DELETE"}) {
      const std::string told = ask(std::string(method) + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
      EXPECT_TRUE(told.starts_with("HTTP/1.1 404 ")) << told;
      EXPECT_TRUE(has(told, "Content-Type: application/problem+json\r\n"));
      const auto body = boost::json::parse(told.substr(told.find("\r\n\r\n") + 4));
      const std::string message(body.at("message").as_string());
      EXPECT_TRUE(has(message, "https://crm.supabase.co")) << told;
      EXPECT_EQ(body.at("detail"), body.at("message"));
      EXPECT_EQ(body.at("status"), 404);
      EXPECT_TRUE(has(message, std::string(path).substr(0, std::string(path).find("/v1") + 3))) << told;
    }
  }
  settings.supabase_url.clear();
  EXPECT_TRUE(has(ask("GET /rest/v1/x HTTP/1.1\r\nHost: x\r\n\r\n"), "URL of its Supabase project"));
  for (const char* path : {"/rest/v10", "/rest", "/rest/v2/x", "/x/rest/v1", "/graph/v1"}) {
    const std::string other = ask(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(other.starts_with("HTTP/1.1 404 ")) << other;
    EXPECT_FALSE(has(other, "\"message\"")) << other;
  }
}

TEST_F(ExchangeTest, LetsABrowserReadWhereSupabaseIsWhateverItsOrigin) {
  const std::string origin = "Host: x\r\nOrigin: https://somewhere.example\r\n";
  const std::string asked =
      ask("OPTIONS /rest/v1/leads HTTP/1.1\r\n" + origin +
          "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: apikey, authorization\r\n\r\n");
  EXPECT_TRUE(asked.starts_with("HTTP/1.1 204 ")) << asked;
  EXPECT_TRUE(has(asked, "Access-Control-Allow-Origin: *\r\n")) << asked;
  EXPECT_TRUE(has(asked, "Access-Control-Allow-Headers: apikey, authorization\r\n")) << asked;
  EXPECT_TRUE(has(asked, "Access-Control-Allow-Methods: GET, HEAD, POST")) << asked;
  EXPECT_FALSE(has(asked, "Allow-Credentials")) << "* and credentials exclude each other";
  const std::string read = ask("GET /rest/v1/leads HTTP/1.1\r\n" + origin + "\r\n");
  EXPECT_TRUE(has(read, "Access-Control-Allow-Origin: *\r\n")) << read;
  const std::string head = ask("HEAD /rest/v1/leads HTTP/1.1\r\n" + origin + "\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 404 ")) << head;
  EXPECT_TRUE(has(head, "Access-Control-Allow-Origin: *\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << "no body: " << head;
  const std::string ours = ask("GET /rest/v1/leads HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example.com\r\n\r\n");
  EXPECT_TRUE(has(ours, "Access-Control-Allow-Origin: https://app.example.com\r\n")) << ours;
  EXPECT_FALSE(has(ours, "Allow-Origin: *")) << "one such line";
  EXPECT_FALSE(has(ask("GET /nowhere HTTP/1.1\r\n" + origin + "\r\n"), "Allow-Origin"));
}

TEST_F(ExchangeTest, AnswersPreflightsOfAllowedOriginsOnly) {
  add(Method::get, "/x");
  const std::string ask_first = "OPTIONS /x HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: GET\r\nOrigin: ";
  const std::string allowed = ask(ask_first + "https://app.example.com\r\n\r\n");
  EXPECT_TRUE(has(allowed, "HTTP/1.1 204 "));
  EXPECT_TRUE(has(allowed, "Access-Control-Allow-Origin: https://app.example.com\r\n"));
  EXPECT_TRUE(has(allowed, "Access-Control-Allow-Credentials: true\r\n"));
  EXPECT_TRUE(has(allowed, "Vary: Origin"));
  EXPECT_FALSE(has(ask(ask_first + "https://evil.example.com\r\n\r\n"), "Access-Control-Allow-Origin"));
  const std::string real = ask("GET /x HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example.com\r\n\r\n");
  EXPECT_TRUE(has(real, "Access-Control-Expose-Headers: X-Request-Id"));
  EXPECT_TRUE(has(real, "X-Total-Count, X-Total-Is-Capped\r\n")) << "a page may read how many there are";
}

TEST_F(ExchangeTest, ShedsLoadAboveItsLimitButNotHealthChecks) {
  settings.in_flight_max = 1;
  add(Method::get, "/x");
  add(Method::get, "/health").is_always_served = true;
  tools.in_flight = 1;
  const std::string shed = ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(has(shed, "HTTP/1.1 503 "));
  EXPECT_TRUE(has(shed, "Retry-After: 1\r\n"));
  EXPECT_TRUE(has(ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 "));
  EXPECT_EQ(tools.in_flight, 1);
}

TEST_F(ExchangeTest, LimitsRates) {
  class Refuse final : public RateLimiter {
   public:
    Decision admit(std::string_view key, SteadyTime) override {
      asked = key;
      return {false, 10, 0, 5, 2};
    }
    std::string asked;
  } refuse;
  limiter = &refuse;
  add(Method::get, "/x");
  const std::string refused = ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(has(refused, "HTTP/1.1 429 "));
  EXPECT_TRUE(has(refused, "Retry-After: 2\r\n"));
  EXPECT_TRUE(has(refused, "RateLimit-Limit: 10\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: 5\r\n"));
  EXPECT_EQ(refuse.asked, "127.0.0.1");
  const std::string forwarded = "GET /x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n";
  ask(forwarded);
  EXPECT_EQ(refuse.asked, "127.0.0.1") << "nobody is trusted by default";
  settings.trusted_proxies = TrustedProxies("127.0.0.1");
  ask(forwarded);
  EXPECT_EQ(refuse.asked, "203.0.113.7");
}

TEST_F(ExchangeTest, StoresTheAnswerOfAKeyAndReplaysIt) {
  add(Method::post, "/x", Auth::user);
  answer = [] {
    Response response = json_response("{\"id\":1}", 201);
    response.etag = "\"v1\"";
    response.headers.emplace_back("Location", "/x/1");
    return response;
  };
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nIdempotency-Key: k1\r\nContent-Length: 2\r\n\r\n{}";
  const std::string first = ask(request);
  EXPECT_TRUE(has(first, "HTTP/1.1 201 "));
  EXPECT_TRUE(has(first, "SalesFlow-Xid: 1.2.3\r\n"));
  const std::string second = ask(request);
  EXPECT_TRUE(has(second, "HTTP/1.1 201 "));
  EXPECT_TRUE(has(second, "Idempotency-Replayed: true\r\n"));
  EXPECT_TRUE(has(second, "Location: /x/1\r\n"));
  EXPECT_TRUE(has(second, "ETag: \"v1\"\r\n"));
  EXPECT_TRUE(second.ends_with("{\"id\":1}"));
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(store.calls, "begin finish begin ");
  EXPECT_EQ(store.fingerprints[0], store.fingerprints[1]);
  EXPECT_EQ(store.fingerprints[0].size(), 64u);
}

TEST_F(ExchangeTest, RollsBackWhatFailedSoThatTheKeyMayBeUsedAgain) {
  add(Method::post, "/x", Auth::user);
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nIdempotency-Key: k1\r\n\r\n";
  answer = [] { return fail(Errc::unavailable, "down"); };
  EXPECT_TRUE(has(ask(request), "HTTP/1.1 503 "));
  answer = []() -> Result<Response> { throw std::runtime_error("bug"); };
  EXPECT_TRUE(has(ask(request), "HTTP/1.1 500 "));
  EXPECT_EQ(store.calls, "begin abandon begin abandon ");
  store.calls.clear();
  answer = [] { return fail(Errc::invalid_argument, "no"); };
  EXPECT_TRUE(has(ask(request), "HTTP/1.1 422 "));
  EXPECT_EQ(store.calls, "begin finish ");
}

TEST_F(ExchangeTest, RefusesBadKeysAndPassesOnTheStoresRefusal) {
  add(Method::post, "/x", Auth::user);
  const auto request = [](const std::string& key) {
    return "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nIdempotency-Key: " + key + "\r\n\r\n";
  };
  EXPECT_TRUE(has(ask(request(std::string(256, 'k'))), "HTTP/1.1 400 "));
  EXPECT_TRUE(has(ask(request("k\xc3\xa4")), "HTTP/1.1 400 "));
  EXPECT_EQ(store.calls, "");
  store.refuse = fail(Errc::conflict, "in flight");
  EXPECT_TRUE(has(ask(request("k")), "HTTP/1.1 409 "));
  EXPECT_EQ(handled, 0);
}

TEST_F(ExchangeTest, HandsStampsInAndOut) {
  add(Method::get, "/x");
  ask("GET /x HTTP/1.1\r\nHost: x\r\nSalesFlow-Xid: a.b.c\r\nCookie: sf_w0=a.10.0; other=1\r\n\r\n");
  EXPECT_EQ(seen, (std::vector<Stamp>{{0xa, 0xb, 0xc}, {0xa, 0x10, 0}}));
}

TEST_F(ExchangeTest, DropsHeadersThatWouldSplitTheAnswer) {
  add(Method::get, "/x");
  answer = [] {
    Response response = json_response("{}");
    response.headers.emplace_back("X-Bad", "a\r\nX-Evil: 1");
    response.headers.emplace_back("X-Good", "1");
    return response;
  };
  const std::string text = ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(has(text, "X-Evil"));
  EXPECT_TRUE(has(text, "X-Good: 1\r\n"));
}

TEST_F(ExchangeTest, CountsAnswersByRouteAndStatus) {
  add(Method::get, "/x");
  telemetry::Registry registry;
  RequestMetrics counted(registry, router);
  metrics = &counted;
  ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  ask("GET /y HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string text = registry.expose();
  EXPECT_TRUE(has(text, R"(salesflow_http_requests_total{route="/x",status="200"} 1)")) << text;
  EXPECT_TRUE(has(text, R"(salesflow_http_requests_total{route="none",status="404"} 1)"));
  EXPECT_TRUE(has(text, "salesflow_http_in_flight 0"));
}

TEST_F(ExchangeTest, LetsAClientKeepOnlyWhatHasATag) {
  add(Method::get, "/x");
  EXPECT_TRUE(has(ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"), "Cache-Control: no-store\r\n"));
  answer = [] {
    Response response = json_response("{}");
    response.etag = "\"v1\"";
    return response;
  };
  EXPECT_TRUE(has(ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"), "Cache-Control: private, no-cache\r\n"));
}

TEST_F(ExchangeTest, PointsToWhatAnUnknownOutcomeMayHaveMade) {
  const Uuid made = Uuid::v7();
  for (const char* path : {"/things", "/things/{thing_id}", "/lists"})
    add(Method::get, path, Auth::user);
  add(Method::get, "/open");
  const auto fails = [&](Method method, std::string_view path, bool with_id, Auth auth = Auth::user) {
    add(method, path, auth).handler = [made, with_id](Request&) -> Task<Result<Response>> {
      Error error = fail(Errc::outcome_unknown, "It may have been saved");
      if (with_id)
        error.errors = {{"id", made.to_string()}};
      co_return error;
    };
  };
  fails(Method::post, "/things", true);
  fails(Method::patch, "/things/{thing_id}", false);
  fails(Method::post, "/things/{thing_id}/move", false);
  fails(Method::post, "/lists", true);
  fails(Method::post, "/nowhere", true);
  fails(Method::post, "/open", true, Auth::anyone);
  const std::string token = " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\n\r\n";
  const auto location_of = [&](const std::string& request) {
    const std::string answer = ask(request + token);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 409 Conflict\r\n")) << answer;
    EXPECT_FALSE(has(answer, "Retry-After"));
    EXPECT_TRUE(has(answer, R"("type":"outcome-unknown")"));
    const auto at = answer.find("Location: ");
    return at == std::string::npos ? std::string("none") : answer.substr(at + 10, answer.find('\r', at) - at - 10);
  };
  EXPECT_EQ(location_of("POST /things"), "/things/" + made.to_string());
  EXPECT_EQ(location_of("PATCH /things/7?x=1"), "/things/7");
  EXPECT_EQ(location_of("POST /things/7/move"), "/things/7");
  EXPECT_EQ(location_of("POST /lists"), "/lists") << "a list without a page for each row";
  EXPECT_EQ(location_of("POST /nowhere"), "none");
  EXPECT_EQ(location_of("POST /open"), "none") << "what anybody may read is no row of the caller's";
}

}  // namespace
}  // namespace salesflow::http
