#include "platform/security/old_service.hpp"

#include <gtest/gtest.h>

#include <map>

#include "platform/security/test_issuer.hpp"

namespace salesflow::security {
namespace {

using namespace std::chrono_literals;
using namespace test;

const TimePoint now = *parse_rfc3339("2026-11-23T10:00:00Z");
const std::string secret = "0123456789abcdef0123456789abcdef", header = R"({"alg":"HS256","typ":"JWT"})";
const std::string user = "0192f3a0-0000-7000-8000-000000000001", org = "0192f3a0-0000-7000-8000-000000000002";

std::string at(TimePoint time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

/// What the old service writes, with members that a test replaces ("" takes one away).
std::string old_payload(std::map<std::string, std::string> changes = {}) {
  std::map<std::string, std::string> members{{"sub", "\"" + user + "\""},
                                             {"email", R"("anna@example.org")"},
                                             {"type", R"("access")"},
                                             {"iat", at(now - 1h)},
                                             {"exp", at(now + 23h)}};
  for (auto& [name, value] : changes)
    members[name] = value;
  std::string text;
  for (const auto& [name, value] : members) {
    if (!value.empty())
      text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
  }
  return text + "}";
}

class OldService : public testing::Test {
 protected:
  OldService() {
    settings.secret = secret;
    settings.foreign = {{"https://project.supabase.co/auth/v1", {"authenticated"}, {}, "keys.json"}};
    share_with_old_service(settings);
    keys.own.add(Key::from_secret(secret, ""));
    keys.foreign.resize(2);
    keys.foreign[0].add_jwks(jwks(rsa_jwk(rsa, "rsa-1"))).value();
    keys.foreign[1].add(Key::from_only_secret(secret));
  }
  /// As if the setting were off.
  void unshare() {
    settings.foreign.pop_back();
    keys.foreign.pop_back();
  }
  Result<AccessClaims> verify(const std::string& token) const {
    return verify_access_token(settings, keys, token, now);
  }
  Result<AccessClaims> verify_refresh(const std::string& token) const {
    return verify_old_refresh_token(settings, keys, token, now);
  }
  static std::string old(std::map<std::string, std::string> changes = {}) {
    return secret_token(secret, header, old_payload(std::move(changes)));
  }
  std::string ours() const {
    const AccessClaims claims{*Uuid::parse(user),
                              "anna@example.org",
                              *Uuid::parse(org),
                              OrgRole::owner,
                              true,
                              Uuid::v7(),
                              now,
                              now + 30min,
                              false,
                              {}};
    return sign_access_token(settings, Key::from_secret(secret, ""), claims);
  }
  static std::string payload_of(const std::string& token) {
    const auto first = token.find('.');
    return *from_base64url(token.substr(first + 1, token.rfind('.') - first - 1));
  }

  static inline const PrivateKey rsa = make_rsa_key();
  TokenSettings settings;
  IssuerKeys keys;
};

TEST_F(OldService, ItsAccessTokenNamesAUserAndNothingElse) {
  const auto claims = verify(
      old({{"superadmin", "true"}, {"role", R"("owner")"}, {"org_id", "\"" + org + "\""}, {"sid", "\"" + org + "\""}}));
  ASSERT_TRUE(claims) << claims.error().public_detail;
  EXPECT_EQ(claims->user_id, Uuid::parse(user));
  EXPECT_EQ(claims->email, "anna@example.org");
  EXPECT_FALSE(claims->superadmin);
  EXPECT_EQ(claims->role, OrgRole::none);
  EXPECT_TRUE(claims->org_id.is_nil());
  EXPECT_TRUE(claims->session_id.is_nil());
  EXPECT_EQ(claims->identity().standing, Standing::foreign);
}

TEST_F(OldService, ItsTokensAreRefusedUnlessShared) {
  ASSERT_TRUE(verify(old()));
  unshare();
  EXPECT_EQ(verify(old()).error().code, Errc::unauthenticated);
  EXPECT_EQ(verify_refresh(old({{"type", R"("refresh")"}})).error().code, Errc::unauthenticated);
}

TEST_F(OldService, OnlyWhatItSignedForAccessGivesAccess) {
  for (const char* type : {R"("refresh")", R"("reset")", "", "null", R"(["access"])", "true"})
    EXPECT_FALSE(verify(old({{"type", type}}))) << type;
  EXPECT_FALSE(verify(old({{"exp", ""}})));
  EXPECT_FALSE(verify(old({{"exp", at(now - 1h)}})));
  EXPECT_FALSE(verify(old({{"aud", R"("salesflow")"}}))) << "it names no audience";
  EXPECT_FALSE(verify(old({{"aud", "null"}})));
  for (const char* issuer : {R"("")", "null", R"("evil")", "7"})
    EXPECT_FALSE(verify(old({{"iss", issuer}}))) << issuer;
  EXPECT_FALSE(verify(old({{"sub", R"("demo-user")"}})));
  EXPECT_FALSE(verify(old({{"role", R"("service_role")"}})));
}

TEST_F(OldService, NoOtherKeySignsForIt) {
  EXPECT_FALSE(verify(foreign_token(rsa, R"({"alg":"RS256","kid":"rsa-1"})", old_payload())));
  EXPECT_FALSE(verify(secret_token("another secret of thirty-two bytes", header, old_payload())));
  EXPECT_FALSE(verify(unsigned_token(R"({"alg":"none"})", old_payload()) + "."));
  EXPECT_FALSE(verify(unsigned_token(header, old_payload()) + "."));
  const std::string of_project =
      old_payload({{"iss", R"("https://project.supabase.co/auth/v1")"}, {"aud", R"("authenticated")"}});
  EXPECT_FALSE(verify(secret_token(secret, header, of_project))) << "nor its secret for others";
}

TEST_F(OldService, OursCarryNoAudienceWhileSharedAndAreStillOurs) {
  const std::string shared_token = ours();
  EXPECT_EQ(payload_of(shared_token).find("\"aud\""), std::string::npos);
  EXPECT_NE(payload_of(shared_token).find(R"("type":"access")"), std::string::npos);
  EXPECT_NE(payload_of(shared_token).find(R"("email":"anna@example.org")"), std::string::npos);
  const auto claims = verify(shared_token);
  ASSERT_TRUE(claims);
  EXPECT_TRUE(claims->superadmin);
  EXPECT_EQ(claims->role, OrgRole::owner);
  EXPECT_FALSE(claims->foreign);
  EXPECT_FALSE(verify(old({{"iss", R"("salesflow")"}, {"aud", R"("billing")"}}))) << "an audience that is there counts";
  EXPECT_FALSE(verify(foreign_token(rsa, R"({"alg":"RS256","kid":"rsa-1"})", payload_of(shared_token))));
  unshare();
  EXPECT_FALSE(verify(shared_token)) << "switched off, ours need their audience again";
  const std::string with_audience = ours();
  EXPECT_TRUE(verify(with_audience));
  share_with_old_service(settings);
  keys.foreign.emplace_back().add(Key::from_only_secret(secret));
  EXPECT_TRUE(verify(with_audience)) << "given out before it was switched on";
}

TEST_F(OldService, ItsRefreshTokenIsOneOnlyWithItsTypeTimeAndSignature) {
  const auto refresh = [](std::map<std::string, std::string> changes = {}) {
    changes.emplace("type", R"("refresh")");
    return old(std::move(changes));
  };
  const auto claims = verify_refresh(refresh());
  ASSERT_TRUE(claims) << claims.error().public_detail;
  EXPECT_EQ(claims->user_id, Uuid::parse(user));
  EXPECT_EQ(claims->expires_at, now + 23h);
  EXPECT_FALSE(verify_refresh(old())) << "an access token";
  EXPECT_FALSE(verify_refresh(ours()));
  EXPECT_FALSE(verify_refresh(refresh({{"iss", R"("salesflow")"}})));
  EXPECT_FALSE(verify_refresh(refresh({{"aud", R"("salesflow")"}})));
  EXPECT_FALSE(verify_refresh(refresh({{"exp", at(now - 1h)}})));
  EXPECT_FALSE(verify_refresh(refresh({{"exp", ""}})));
  EXPECT_FALSE(verify_refresh(
      secret_token("another secret of thirty-two bytes", header, old_payload({{"type", R"("refresh")"}}))));
}

TEST(OldServiceSetting, IsOffUnlessSwitchedOn) {
  const auto read = [](std::optional<std::string> value) {
    ConfigReader config([value](const std::string& name) -> std::optional<std::string> {
      if (name == "JWT_SECRET")
        return secret;
      return name == "SALESFLOW_JWT_SHARED_WITH_OLD_SERVICE" ? value : std::nullopt;
    });
    const auto settings = TokenSettings::read(config);
    EXPECT_TRUE(config.errors().empty());
    return is_shared_with_old_service(settings);
  };
  EXPECT_FALSE(read(std::nullopt));
  EXPECT_FALSE(read("off"));
  EXPECT_TRUE(read("on"));
}

}  // namespace
}  // namespace salesflow::security
