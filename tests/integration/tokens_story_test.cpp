// Tokens over HTTP: forged ones are refused, rotation and revocation work as promised.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  for (char& c : text)
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

/// A token of any header and claims, signed with HS256 and `secret`.
std::string forge(const json::object& header, const json::object& claims, const std::string& secret) {
  const std::string input = base64url(json::serialize(header)) + "." + base64url(json::serialize(claims));
  unsigned char mac[32];
  unsigned int length = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac, &length);
  return input + "." + base64url({reinterpret_cast<const char*>(mac), length});
}

class TokensStory : public ServerStory {
 protected:
  json::object claims(const std::string& user_id) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    return {{"sub", user_id},     {"email", "anna@example.com"},
            {"iss", "salesflow"}, {"aud", "salesflow"},
            {"type", "access"},   {"iat", now},
            {"exp", now + 600}};
  }
  int status_with(const std::string& token) { return server().get("/api/autopilot/message-events", token).status; }
};

TEST_F(TokensStory, OnlyAWellSignedTokenOfOursIsTaken) {
  const auto anna = server().sign_up("anna@example.com");
  const json::object hs256{{"alg", "HS256"}, {"typ", "JWT"}};
  const json::object good = claims(anna.user_id);
  ASSERT_EQ(status_with(forge(hs256, good, test_jwt_secret)), 200);
  EXPECT_EQ(status_with(forge(hs256, good, "another secret that is long enough to be one")), 401);
  EXPECT_EQ(status_with(base64url(R"({"alg":"none"})") + "." + base64url(json::serialize(good)) + "."), 401);
  EXPECT_EQ(status_with(forge({{"alg", "none"}}, good, test_jwt_secret)), 401);
  EXPECT_EQ(status_with(forge({{"alg", "HS512"}}, good, test_jwt_secret)), 401);
  const std::pair<const char*, json::value> spoilt[] = {{"exp", 1'700'000'000}, {"aud", "others"}, {"iss", "others"},
                                                        {"type", "refresh"},    {"sub", "nobody"}, {"exp", nullptr}};
  for (const auto& [claim, value] : spoilt) {
    json::object bad = good;
    bad[claim] = value;
    EXPECT_EQ(status_with(forge(hs256, bad, test_jwt_secret)), 401) << claim;
  }
  const auto refused = server().get("/api/autopilot/message-events", "nonsense");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.header("WWW-Authenticate").starts_with("Bearer"));
  EXPECT_NE(refused.detail(), "");
  EXPECT_EQ(server().get("/api/autopilot/message-events").status, 401);
}

TEST_F(TokensStory, LogoutEndsTheSessionAndRefreshTokensRotate) {
  const auto anna = server().sign_up("anna@example.com");
  const auto login = server().call("POST", "/api/auth/login", {}, "username=Anna%40Example.com&password=correct+horse",
                                   {{"Content-Type", "application/x-www-form-urlencoded"}});
  ASSERT_EQ(login.status, 200) << login.raw.body;
  EXPECT_EQ(login.body.at("token_type").as_string(), "bearer");
  EXPECT_EQ(login.body.at("expires_in").as_int64(), 1800);
  EXPECT_EQ(login.header("Cache-Control"), "no-store");
  const std::string access(login.body.at("access_token").as_string());
  const auto refreshed =
      server().call("POST", "/api/auth/refresh", {},
                    json::serialize(json::object{{"refresh_token", login.body.at("refresh_token")}}));
  ASSERT_EQ(refreshed.status, 200) << refreshed.raw.body;
  EXPECT_NE(refreshed.body.at("refresh_token"), login.body.at("refresh_token"));
  EXPECT_EQ(server().get("/api/auth/me", access).body.at("email").as_string(), "anna@example.com");
  EXPECT_EQ(server().call("POST", "/api/auth/logout", access).status, 200);
  EXPECT_TRUE(wait_until([&] { return server().get("/api/auth/me", access).status == 401; }, std::chrono::seconds(3)));
  EXPECT_EQ(server().get("/api/auth/me", anna.token).status, 200) << "another session goes on";
  EXPECT_EQ(server()
                .call("POST", "/api/auth/refresh", {},
                      json::serialize(json::object{{"refresh_token", refreshed.body.at("refresh_token")}}))
                .status,
            401);
  const auto wrong = server().call("POST", "/api/auth/login", {}, "username=anna%40example.com&password=wrong",
                                   {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(wrong.status, 401);
}

TEST_F(TokensStory, SecretsNeverReachTheLog) {
  const auto anna = server().sign_up("anna@example.com");
  server().get("/api/autopilot/message-events?status=pending&cursor=secret-cursor", anna.token);
  create_event(anna.token, "a very private text");
  server().process().stop(SIGTERM, std::chrono::seconds(15));
  const std::string log = server().log_text();
  EXPECT_NE(log.find("\"event\":\"request\""), std::string::npos);
  for (const std::string& secret :
       {anna.token, anna.refresh_token, std::string("correct horse"), std::string("private text"),
        std::string("secret-cursor"), std::string(test_jwt_secret)}) {
    EXPECT_EQ(log.find(secret), std::string::npos);
  }
}

}  // namespace
}  // namespace salesflow::test
