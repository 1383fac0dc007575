// The middleware without a socket.
#include "platform/http/server/exchange_rig.hpp"

namespace salesflow::http {
namespace {

class ExchangeTest : public ExchangeRig {};

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

}  // namespace
}  // namespace salesflow::http
