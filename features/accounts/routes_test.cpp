#include "features/accounts/routes.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "features/accounts/fake_store.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::accounts {
namespace {

using salesflow::test::run_task;
using test::FakeStore;

constexpr security::PasswordSettings cheap{.memory_kib = 64, .passes = 1, .lanes = 1};

struct NoMailer final : Mailer {
  Task<Result<void>> send(asio::io_context&, Mail) override { co_return Result<void>(); }
};

class AccountsRoutes : public testing::Test {
 protected:
  AccountsRoutes() {
    LoginRecord anna;
    anna.id = Uuid::v7();
    anna.email = "anna@example.org";
    anna.name = "Anna";
    anna.role = "user";
    anna.is_active = true;
    anna.password_hash = *security::hash_password(cheap, "correct horse & more");
    store.users.emplace(anna.email, anna);
    store.rotated = {RotationOutcome::rotated, Uuid::v7(), anna.id, {}, {}, "user", anna.email, {}};
    RouteSettings route_settings{std::chrono::hours(720), true,
                                 [](std::string_view origin) { return origin == "https://app.example.org"; }};
    table = routes(accounts, members, route_settings);
  }
  static security::TokenSettings token_settings() {
    security::TokenSettings settings;
    settings.secret = "0123456789abcdef0123456789abcdef";
    return settings;
  }
  const http::Route& route(http::Method method, std::string_view path) const {
    for (const auto& each : table) {
      if (each.method == method && each.path == path)
        return each;
    }
    throw std::logic_error("no such route");
  }
  Result<http::Response> call(http::Method method, std::string_view path, std::string body,
                              std::vector<http::Header> headers = {}) {
    http::Request request;
    request.method = method;
    request.body = body;
    request.headers = headers;
    request.client_address = "192.0.2.1";
    request.context = &request_context;
    return run_task(context, route(method, path).handler(request));
  }
  static std::string header_of(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name)
        return value;
    }
    return {};
  }

  asio::io_context context;
  FakeStore store;
  NoMailer mailer;
  AccountsSettings settings;
  security::TokenKeys keys{token_settings()};
  security::RevokedSessions revoked{std::chrono::seconds(1830)};
  security::PasswordHasher passwords{cheap};
  SharedServices shared{settings, keys, revoked, passwords, mailer};
  Accounts accounts{context, store, shared};
  Members members{context, store, shared};
  RequestContext request_context;
  std::vector<http::Route> table;
};

TEST_F(AccountsRoutes, LoginTakesTheFormOfOldClientsAndJson) {
  for (const auto& [type, body] :
       {std::pair<std::string_view, std::string>{
            "application/x-www-form-urlencoded",
            "grant_type=password&username=Anna%40example.org&password=correct+horse+%26+more"},
        {"", "username=anna@example.org&password=correct%20horse%20%26%20more"},
        {"application/json; charset=utf-8", R"({"username":"anna@example.org","password":"correct horse & more"})"}}) {
    const auto response = call(http::Method::post, "/api/auth/login", body, {{"Content-Type", type}});
    ASSERT_TRUE(response) << response.error().public_detail;
    EXPECT_EQ(response->status, 200);
    const auto answer = boost::json::parse(*response->body).as_object();
    EXPECT_EQ(answer.size(), 5u);
    EXPECT_EQ(answer.at("token_type"), "bearer");
    EXPECT_EQ(answer.at("expires_in"), 1800);
    EXPECT_TRUE(answer.contains("access_token"));
    EXPECT_TRUE(answer.contains("refresh_token"));
    const auto& user = answer.at("user").as_object();
    for (const char* name : {"id", "email", "name", "full_name", "first_name", "last_name", "role", "is_verified",
                             "company", "phone", "avatar_url", "vertical_id"})
      EXPECT_TRUE(user.contains(name)) << name;
    EXPECT_EQ(user.size(), 12u) << "and nothing else, above all no hash";
  }
  EXPECT_EQ(call(http::Method::post, "/api/auth/login", "username=a").error().code, Errc::invalid_argument);
}

TEST_F(AccountsRoutes, AnswersWithTokensAreNeitherCachedNorCompressedNorReplayed) {
  const auto response =
      call(http::Method::post, "/api/auth/login", "username=anna@example.org&password=correct+horse+%26+more");
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->compressible);
  EXPECT_EQ(header_of(*response, "Cache-Control"), "no-store");
  for (const char* path : {"/api/auth/login", "/api/auth/signup", "/api/auth/refresh"})
    EXPECT_EQ(route(http::Method::post, path).idempotency, http::Idempotency::none);
}

TEST_F(AccountsRoutes, TheRefreshCookieIsForTheRefreshPathOnlyAndOutOfReachOfScripts) {
  const auto response =
      call(http::Method::post, "/api/auth/login", "username=anna@example.org&password=correct+horse+%26+more");
  const std::string cookie = header_of(*response, "Set-Cookie");
  const auto token = std::string(boost::json::parse(*response->body).at("refresh_token").as_string());
  EXPECT_EQ(cookie,
            "sf_refresh=" + token + "; Max-Age=2592000; Path=/api/auth/refresh; HttpOnly; SameSite=Strict; Secure");
  const auto out = call(http::Method::post, "/api/auth/logout", "");
  EXPECT_EQ(header_of(*out, "Set-Cookie"),
            "sf_refresh=; Max-Age=0; Path=/api/auth/refresh; HttpOnly; SameSite=Strict; Secure");
}

TEST_F(AccountsRoutes, RefreshTakesTheBodyAndElseTheCookie) {
  ASSERT_TRUE(call(http::Method::post, "/api/auth/refresh", R"({"refresh_token":"from-body"})",
                   {{"Cookie", "sf_refresh=from-cookie"}}));
  EXPECT_EQ(store.rotations.back().presented_hash, hash_token("from-body"));
  ASSERT_TRUE(call(http::Method::post, "/api/auth/refresh", "",
                   {{"cookie", "a=b; sf_refresh=from-cookie; c=d"},
                    {"Origin", "https://crm.example.org"},
                    {"Host", "crm.example.org"}}));
  EXPECT_EQ(store.rotations.back().presented_hash, hash_token("from-cookie"));
  EXPECT_EQ(call(http::Method::post, "/api/auth/refresh", "").error().code, Errc::unauthenticated);
  EXPECT_EQ(
      call(http::Method::post, "/api/auth/refresh", "{}", {{"Cookie", "xsf_refresh=a; sf_refreshx=b"}}).error().code,
      Errc::unauthenticated);
}

TEST_F(AccountsRoutes, RefreshRefusesTheCookieFromAnotherSite) {
  const auto code_with = [&](std::vector<http::Header> headers) {
    headers.push_back({"Cookie", "sf_refresh=from-cookie"});
    headers.push_back({"Host", "crm.example.org"});
    const auto response = call(http::Method::post, "/api/auth/refresh", "", headers);
    return response ? std::nullopt : std::optional(response.error().code);
  };
  EXPECT_EQ(code_with({{"Origin", "https://evil.example"}}), Errc::forbidden);
  EXPECT_EQ(code_with({{"Origin", "https://crm.example.org.evil.example"}}), Errc::forbidden);
  EXPECT_EQ(code_with({{"Origin", "null"}}), Errc::forbidden);
  EXPECT_EQ(code_with({}), Errc::forbidden) << "a browser states the origin of every POST";
  EXPECT_TRUE(store.rotations.empty());
  EXPECT_EQ(code_with({{"Origin", "https://app.example.org"}}), std::nullopt) << "on the list of CORS";
  EXPECT_EQ(code_with({{"Origin", "https://crm.example.org"}}), std::nullopt);
}

TEST_F(AccountsRoutes, MeCarriesTheVersionOfTheRow) {
  request_context.identity.user_id = store.users.at("anna@example.org").id;
  const auto response = call(http::Method::get, "/api/auth/me", "");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->etag, "\"v3\"");
  EXPECT_FALSE(boost::json::parse(*response->body).as_object().contains("row_version"));
  EXPECT_EQ(call(http::Method::patch, "/api/auth/me", R"({"phone":"1"})", {{"If-Match", "\"v2\""}}).error().code,
            Errc::precondition_failed);
  EXPECT_TRUE(call(http::Method::patch, "/api/auth/me", R"({"phone":null,"company":""})", {{"If-Match", "\"v3\""}}));
  EXPECT_TRUE(call(http::Method::patch, "/api/auth/me", R"({"phone":"1"})", {{"If-Match", "*"}}));
  EXPECT_EQ(call(http::Method::patch, "/api/auth/me", R"({"phone":7})").error().code, Errc::invalid_argument);
}

TEST_F(AccountsRoutes, OnlyAdminsReachTheRoutesThatChangeMembers) {
  for (const auto& each : table) {
    if (!each.path.starts_with("/api/organization/members") || each.method == http::Method::get)
      continue;
    EXPECT_EQ(each.auth, http::Auth::org_admin) << each.operation;
  }
  EXPECT_EQ(route(http::Method::post, "/api/organization/members").idempotency, http::Idempotency::optional);
  for (const auto& each : table) {
    const bool is_login =
        each.path.starts_with("/api/auth/") && each.path != "/api/auth/me" && each.path != "/api/auth/change-password";
    EXPECT_EQ(each.auth == http::Auth::anyone, is_login) << each.operation;
  }
}

}  // namespace
}  // namespace salesflow::accounts
