#include "platform/security/access_token.hpp"

#include <gtest/gtest.h>

#include <map>

#include "platform/security/test_issuer.hpp"

namespace salesflow::security {
namespace {

using namespace std::chrono_literals;
using namespace test;

const TimePoint now = *parse_rfc3339("2026-11-23T10:00:00Z");
const std::string secret = "0123456789abcdef0123456789abcdef",
                  project_secret = "super-secret-jwt-token-with-at-least-32-characters-long";
const std::string user = "0192f3a0-0000-7000-8000-000000000001", org = "0192f3a0-0000-7000-8000-000000000002",
                  session = "0192f3a0-0000-7000-8000-000000000003";
const std::string own_header = R"({"alg":"HS256","typ":"JWT"})";

std::int64_t in_seconds(TimePoint at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// A payload as members that a test replaces ("" takes one away).
std::string payload_with(std::map<std::string, std::string> changes = {}) {
  std::map<std::string, std::string> members{{"iss", R"("salesflow")"},
                                             {"aud", R"("salesflow")"},
                                             {"sub", "\"" + user + "\""},
                                             {"email", R"("anna@example.org")"},
                                             {"type", R"("access")"},
                                             {"org_id", "\"" + org + "\""},
                                             {"role", R"("admin")"},
                                             {"sid", "\"" + session + "\""},
                                             {"iat", std::to_string(in_seconds(now))},
                                             {"exp", std::to_string(in_seconds(now + 30min))}};
  for (auto& [name, value] : changes)
    members[name] = value;
  std::string text;
  for (const auto& [name, value] : members) {
    if (!value.empty())
      text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
  }
  return text + "}";
}
std::string supabase_payload(std::map<std::string, std::string> changes = {}) {
  std::map<std::string, std::string> members{
      {"iss", R"("https://project.supabase.co/auth/v1")"},
      {"aud", R"("authenticated")"},
      {"role", R"("authenticated")"},
      {"org_id", ""},
      {"type", ""},
      {"sid", ""},
      {"session_id", "\"" + session + "\""},
      {"user_metadata", R"({"org_id":"0192f3a0-0000-7000-8000-00000000ffff","org_role":"owner"})"}};
  for (auto& [name, value] : changes)
    members[name] = value;
  return payload_with(members);
}

class AccessToken : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    rsa = make_rsa_key();
    other_rsa = make_rsa_key();
    ec = make_ec_key();
  }
  void SetUp() override {
    settings.secret = secret;
    settings.foreign = {{"https://project.supabase.co/auth/v1", {"authenticated"}, project_secret, "keys.json"},
                        {"https://other.example/", {"authenticated"}, {}, "other.json"}};
    keys.own.add(Key::from_secret(secret, ""));
    keys.foreign.resize(2);
    ASSERT_TRUE(keys.foreign[0].add_jwks(jwks(rsa_jwk(rsa, "rsa-1") + "," + ec_jwk(ec, "ec-1"))));
    keys.foreign[0].add(Key::from_only_secret(project_secret));
    ASSERT_TRUE(keys.foreign[1].add_jwks(jwks(rsa_jwk(other_rsa, "rsa-9"))));
  }
  Result<AccessClaims> verify(const std::string& token) const {
    return verify_access_token(settings, keys, token, now);
  }
  void expect_refused(const std::string& token, const std::string& because) const {
    const auto claims = verify(token);
    ASSERT_TRUE(claims.has_error()) << "accepted, but should be refused: " << because;
    EXPECT_EQ(claims.error().code, Errc::unauthenticated);
    EXPECT_NE(claims.error().public_detail.find(because), std::string::npos) << claims.error().public_detail;
  }
  std::string own(std::map<std::string, std::string> changes = {}) const {
    return secret_token(secret, own_header, payload_with(std::move(changes)));
  }

  static inline PrivateKey rsa, other_rsa, ec;
  TokenSettings settings;
  IssuerKeys keys;
};

TEST_F(AccessToken, CarriesItsClaimsThereAndBack) {
  AccessClaims claims{*Uuid::parse(user),
                      "anna@example.org",
                      *Uuid::parse(org),
                      OrgRole::owner,
                      true,
                      *Uuid::parse(session),
                      now,
                      now + 30min,
                      false,
                      {}};
  const std::string token = sign_access_token(settings, Key::from_secret(secret, ""), claims);
  const auto read = verify(token);
  ASSERT_TRUE(read) << read.error().public_detail;
  EXPECT_EQ(read->user_id, claims.user_id);
  EXPECT_EQ(read->email, claims.email);
  EXPECT_EQ(read->org_id, claims.org_id);
  EXPECT_EQ(read->role, OrgRole::owner);
  EXPECT_TRUE(read->superadmin);
  EXPECT_EQ(read->session_id, claims.session_id);
  EXPECT_EQ(read->issued_at, now);
  EXPECT_EQ(read->expires_at, now + 30min);
}

TEST_F(AccessToken, IsAcceptedAsOthersWriteIt) {
  const auto claims = verify(own());
  ASSERT_TRUE(claims) << claims.error().public_detail;
  EXPECT_EQ(claims->role, OrgRole::admin);
  EXPECT_FALSE(claims->superadmin);
  EXPECT_TRUE(verify(own({{"aud", R"(["billing","salesflow"])"}})));
  EXPECT_TRUE(verify(own({{"exp", std::to_string(in_seconds(now + 1min)) + ".5"}})));
}

TEST_F(AccessToken, OfSupabaseIsAUserWithoutOrganisation) {
  for (const auto& token : {foreign_token(rsa, R"({"alg":"RS256","kid":"rsa-1"})", supabase_payload()),
                            foreign_token(ec, R"({"alg":"ES256","kid":"ec-1"})", supabase_payload()),
                            foreign_token(ec, R"({"alg":"ES256"})", supabase_payload()),
                            secret_token(project_secret, own_header, supabase_payload()),
                            secret_token(project_secret, R"({"alg":"HS256","kid":"any"})", supabase_payload())}) {
    const auto claims = verify(token);
    ASSERT_TRUE(claims) << claims.error().public_detail;
    EXPECT_EQ(claims->user_id, Uuid::parse(user));
    EXPECT_TRUE(claims->org_id.is_nil());
    EXPECT_EQ(claims->role, OrgRole::none);
    EXPECT_TRUE(claims->session_id.is_nil());
    EXPECT_EQ(claims->identity().standing, Standing::foreign) << "profile and organisation are still to be looked up";
  }
}

TEST_F(AccessToken, OfOursIsNotSignedByAKeyOfAnotherIssuer) {
  for (const char* header : {R"({"alg":"RS256","kid":"rsa-1"})", R"({"alg":"RS256"})"})
    expect_refused(foreign_token(rsa, header, payload_with({{"superadmin", "true"}})), "signature");
  expect_refused(foreign_token(ec, R"({"alg":"ES256","kid":"ec-1"})", payload_with()), "signature");
  expect_refused(secret_token(project_secret, own_header, payload_with()), "signature");
}

TEST_F(AccessToken, OfAForeignIssuerIsNotSignedByOurSecretOrAThirdPartysKey) {
  expect_refused(secret_token(secret, own_header, supabase_payload()), "signature");
  expect_refused(foreign_token(other_rsa, R"({"alg":"RS256","kid":"rsa-9"})", supabase_payload()), "signature");
  const auto of_other = supabase_payload({{"iss", R"("https://other.example/")"}});
  EXPECT_TRUE(verify(foreign_token(other_rsa, R"({"alg":"RS256","kid":"rsa-9"})", of_other)));
  expect_refused(foreign_token(rsa, R"({"alg":"RS256","kid":"rsa-1"})", of_other), "signature");
  expect_refused(secret_token(project_secret, own_header, of_other), "signature");
}

TEST_F(AccessToken, OfSupabaseIsNobodysWhenItIsAnApiKeyOrAnonymous) {
  const auto signed_with = [](std::map<std::string, std::string> changes) {
    return secret_token(project_secret, own_header, supabase_payload(std::move(changes)));
  };
  expect_refused(signed_with({{"role", R"("anon")"}}), "API key");
  expect_refused(signed_with({{"role", R"("service_role")"}}), "API key");
  expect_refused(signed_with({{"role", R"("anon")"}, {"sub", ""}, {"aud", ""}}), "audience");
  expect_refused(signed_with({{"role", R"("service_role")"}, {"sub", ""}}), "malformed");
  expect_refused(signed_with({{"is_anonymous", "true"}}), "anonymous");
  EXPECT_TRUE(verify(signed_with({{"is_anonymous", "false"}})));
  expect_refused(signed_with({{"exp", std::to_string(in_seconds(now - 1h))}}), "expired");
}

TEST_F(AccessToken, OfSupabaseAsksForAnOrganisationInAppMetadataOnlyAndNamesNoRole) {
  const auto with_role =
      verify(foreign_token(ec, R"({"alg":"ES256","kid":"ec-1"})",
                           supabase_payload({{"app_metadata", R"({"org_id":")" + org + R"(","org_role":"admin"})"}})));
  ASSERT_TRUE(with_role);
  EXPECT_EQ(with_role->org_id, Uuid::parse(org));
  EXPECT_EQ(with_role->role, OrgRole::none) << "only we name roles";
  const auto claimed =
      verify(foreign_token(ec, R"({"alg":"ES256","kid":"ec-1"})", supabase_payload({{"role", R"("owner")"}})));
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->role, OrgRole::none);
  const auto without_role = verify(foreign_token(ec, R"({"alg":"ES256","kid":"ec-1"})",
                                                 supabase_payload({{"app_metadata", R"({"org_id":")" + org + "\"}"}})));
  ASSERT_TRUE(without_role);
  EXPECT_EQ(without_role->org_id, Uuid::parse(org));
}

TEST_F(AccessToken, IsRefusedOutsideItsTime) {
  const auto at = [](TimePoint time) { return std::to_string(in_seconds(time)); };
  expect_refused(own({{"exp", at(now - 1h)}}), "expired");
  expect_refused(own({{"exp", at(now - 30s)}}), "expired");
  EXPECT_TRUE(verify(own({{"exp", at(now - 29s)}}))) << "the leeway";
  expect_refused(own({{"nbf", at(now + 31s)}}), "not valid yet");
  EXPECT_TRUE(verify(own({{"nbf", at(now + 30s)}}))) << "the leeway";
  expect_refused(own({{"iat", at(now + 31s)}}), "not valid yet");
  expect_refused(own({{"exp", ""}}), "malformed");
  expect_refused(own({{"iat", ""}}), "malformed");
  for (const char* time : {"\"1900000000\"", "1e300", "-1", "null", "[]", "true"})
    expect_refused(own({{"exp", time}}), "malformed");
  expect_refused(own({{"nbf", "\"never\""}}), "malformed");
}

TEST_F(AccessToken, IsRefusedForAnotherPartyOrPurpose) {
  expect_refused(own({{"iss", ""}}), "issuer");
  expect_refused(own({{"iss", R"("evil")"}}), "issuer");
  expect_refused(own({{"iss", R"(["salesflow"])"}}), "issuer");
  expect_refused(own({{"aud", ""}}), "audience");
  expect_refused(own({{"aud", R"("authenticated")"}}), "audience");
  expect_refused(own({{"aud", R"(["billing"])"}}), "audience");
  expect_refused(own({{"aud", "7"}}), "audience");
  expect_refused(own({{"type", R"("refresh")"}}), "not an access token");
  expect_refused(own({{"type", ""}}), "not an access token");
  expect_refused(foreign_token(ec, R"({"alg":"ES256"})", supabase_payload({{"type", R"("refresh")"}})),
                 "not an access token");
  expect_refused(foreign_token(ec, R"({"alg":"ES256"})", supabase_payload({{"aud", R"("salesflow")"}})), "audience");
}

TEST_F(AccessToken, IsRefusedWithAnAlgorithmThatIsNotOnTheList) {
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "HS384", "HS512", "PS256", "EdDSA", "hs256"}) {
    const std::string header = std::string(R"({"alg":")") + name + "\"}";
    expect_refused(unsigned_token(header, payload_with()) + ".", "algorithm");
    expect_refused(secret_token(secret, header, payload_with()), "algorithm");
  }
  expect_refused(secret_token(secret, R"({"typ":"JWT"})", payload_with()), "algorithm");
  expect_refused(secret_token(secret, R"({"alg":["HS256"]})", payload_with()), "algorithm");
  expect_refused(unsigned_token(own_header, payload_with()) + ".", "signature");
}

TEST_F(AccessToken, CannotChooseHowAKeyIsUsed) {
  // The classic: the public key, which everybody knows, taken as the secret of HS256.
  const std::string pem = public_pem(rsa);
  for (const char* header : {R"({"alg":"HS256"})", R"({"alg":"HS256","kid":"rsa-1"})"}) {
    expect_refused(secret_token(pem, header, payload_with()), "signature");
    expect_refused(secret_token(number_of(rsa, OSSL_PKEY_PARAM_RSA_N), header, payload_with()), "signature");
  }
  expect_refused(foreign_token(rsa, R"({"alg":"ES256","kid":"rsa-1"})", supabase_payload()), "signature");
  expect_refused(foreign_token(ec, R"({"alg":"RS256","kid":"ec-1"})", supabase_payload()), "signature");
  expect_refused(secret_token(secret, R"({"alg":"RS256","kid":"rsa-1"})", supabase_payload()), "signature");
}

TEST_F(AccessToken, IsRefusedWithTheWrongKeyOrKeyId) {
  expect_refused(secret_token("another secret of thirty-two bytes", own_header, payload_with()), "signature");
  expect_refused(foreign_token(other_rsa, R"({"alg":"RS256","kid":"rsa-1"})", supabase_payload()), "signature");
  expect_refused(foreign_token(rsa, R"({"alg":"RS256","kid":"rsa-2"})", supabase_payload()), "signature");
  expect_refused(foreign_token(rsa, R"({"alg":"RS256","kid":"ec-1"})", supabase_payload()), "signature");
  expect_refused(secret_token(secret, R"({"alg":"HS256","kid":"unknown"})", payload_with()), "signature");
  expect_refused(secret_token(secret, R"({"alg":"HS256","kid":7})", payload_with()), "malformed");
  // An attacker's own key inside the token is not looked at.
  expect_refused(
      foreign_token(other_rsa, R"({"alg":"RS256","jwk":)" + rsa_jwk(other_rsa, "x") + "}", supabase_payload()),
      "signature");
}

TEST_F(AccessToken, WithASecretThatHasAnIdMustNameThisOne) {
  IssuerKeys named;
  named.own.add(Key::from_secret(secret, "2026"));
  EXPECT_TRUE(verify_access_token(settings, named,
                                  secret_token(secret, R"({"alg":"HS256","kid":"2026"})", payload_with()), now));
  EXPECT_TRUE(verify_access_token(settings, named, own(), now));
  EXPECT_FALSE(verify_access_token(settings, named,
                                   secret_token(secret, R"({"alg":"HS256","kid":"2025"})", payload_with()), now));
}

TEST_F(AccessToken, IsRefusedWithExtensionsThatChangeItsMeaning) {
  expect_refused(secret_token(secret, R"({"alg":"HS256","crit":["exp"]})", payload_with()), "extension");
  expect_refused(secret_token(secret, R"({"alg":"HS256","crit":[]})", payload_with()), "extension");
  expect_refused(secret_token(secret, R"({"alg":"HS256","b64":false})", payload_with()), "extension");
}

TEST_F(AccessToken, IsRefusedWhenAnyOfItsBytesChanges) {
  for (const auto& token : {own(), foreign_token(ec, R"({"alg":"ES256","kid":"ec-1"})", supabase_payload())}) {
    ASSERT_TRUE(verify(token));
    for (std::size_t at = 0; at < token.size(); ++at) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      EXPECT_TRUE(changed == token || !verify(changed)) << "byte " << at;
    }
    for (std::size_t length = 0; length < token.size(); length += 5)
      EXPECT_FALSE(verify(token.substr(0, length))) << length;
    EXPECT_FALSE(verify(token + "A"));
    EXPECT_FALSE(verify(token + "="));
    EXPECT_FALSE(verify(token + "."));
    EXPECT_FALSE(verify(" " + token));
    EXPECT_FALSE(verify(token + "\n"));
  }
}

TEST_F(AccessToken, IsRefusedWhenItIsNoTokenAtAll) {
  for (const std::string& text :
       std::vector<std::string>{"", ".", "..", "...", "a.b.c", "Bearer", "e30.e30.e30", "\xff\xfe.\xff.\xff"})
    expect_refused(text, "");
  expect_refused(secret_token(secret, own_header, "[]"), "malformed");
  expect_refused(secret_token(secret, own_header, "{\"sub\":"), "malformed");
  expect_refused(secret_token(secret, own_header, std::string(3000, '[')), "malformed");
  expect_refused(secret_token(secret, "7", payload_with()), "malformed");
}

TEST_F(AccessToken, IsRefusedAboveEightKilobytes) {
  const std::string long_claim = "\"" + std::string(token_bytes_max, 'x') + "\"";
  expect_refused(own({{"padding", long_claim}}), "too long");
  expect_refused(std::string(10 << 20, 'a'), "too long");
  EXPECT_TRUE(verify(own({{"padding", "\"" + std::string(4000, 'x') + "\""}})));
}

TEST_F(AccessToken, IsRefusedWithIdsAndRolesThatMeanNothing) {
  for (const char* subject : {"", "\"\"", "\"42\"", "42", "null", "\"00000000-0000-0000-0000-000000000000\""})
    expect_refused(own({{"sub", subject}}), "malformed");
  expect_refused(own({{"org_id", "\"none\""}}), "malformed");
  expect_refused(own({{"sid", "\"x\""}}), "malformed");
  expect_refused(own({{"role", "\"root\""}}), "role");
  expect_refused(own({{"role", "7"}}), "role");
  for (const char* role : {R"("service_role")", R"(["service_role"])", R"({"name":"service_role"})"})
    expect_refused(foreign_token(ec, R"({"alg":"ES256"})", supabase_payload({{"role", role}})), "role");
}

TEST_F(AccessToken, GivesSuperadminOnlyForTheWordTrue) {
  for (const char* value : {"\"true\"", "1", "\"yes\"", "false", "null"})
    EXPECT_FALSE(verify(own({{"superadmin", value}}))->superadmin) << value;
  EXPECT_TRUE(verify(own({{"superadmin", "true"}}))->superadmin);
}

TEST_F(AccessToken, OfAForeignIssuerNamesNeitherSessionsNorSuperadmins) {
  const auto claims = verify(foreign_token(ec, R"({"alg":"ES256"})",
                                           supabase_payload({{"superadmin", "true"}, {"sid", "\"" + session + "\""}})));
  ASSERT_TRUE(claims);
  EXPECT_FALSE(claims->superadmin);
  EXPECT_TRUE(claims->session_id.is_nil());
}

TEST_F(AccessToken, WithoutOrganisationHasNoRoleInOne) {
  const auto claims = verify(own({{"org_id", ""}, {"role", R"("owner")"}}));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->role, OrgRole::none);
}

TEST_F(AccessToken, KeysThatCannotBeTrustedAreLeftOut) {
  const auto refused = [](const std::string& text) {
    KeySet set;
    return set.add_jwks(text).has_error();
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("[]"));
  EXPECT_TRUE(refused(R"({"keys":{}})"));
  EXPECT_TRUE(refused(R"({"keys":[]})"));
  EXPECT_TRUE(refused(jwks(R"({"kty":"oct","kid":"s","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})")));
  EXPECT_TRUE(refused(jwks(rsa_jwk(make_rsa_key(1024), "short"))));
  EXPECT_TRUE(refused(jwks(ec_jwk(make_ec_key("P-384"), "p384", "P-384"))));
  EXPECT_TRUE(refused(jwks(rsa_jwk(rsa, "enc", R"(,"use":"enc")"))));
  EXPECT_TRUE(refused(jwks(rsa_jwk(rsa, "ops", R"(,"key_ops":["encrypt"])"))));
  EXPECT_TRUE(refused(jwks(rsa_jwk(rsa, "alg", R"(,"alg":"HS256")"))));
  EXPECT_TRUE(refused(jwks(rsa_jwk(rsa, "a") + "," + rsa_jwk(other_rsa, "a"))));
  std::string off_curve = ec_jwk(ec, "off");
  off_curve.replace(off_curve.find("\"y\":\"") + 5, 4, "AAAA");
  EXPECT_TRUE(refused(jwks(off_curve)));
  EXPECT_FALSE(refused(jwks(rsa_jwk(rsa, "ok", R"(,"use":"sig","alg":"RS256","key_ops":["verify"])"))));
}

TEST(TokenSettings, DemandASecretOf32Bytes) {
  const auto errors_of = [](std::optional<std::string> jwt_secret, std::optional<std::string> alias = {}) {
    ConfigReader config([&](const std::string& name) -> std::optional<std::string> {
      return name == "JWT_SECRET" ? jwt_secret : name == "SECRET_KEY" ? alias : std::nullopt;
    });
    TokenSettings::read(config);
    return config.errors().size();
  };
  EXPECT_EQ(errors_of(std::nullopt), 1u);
  EXPECT_EQ(errors_of("too short"), 1u);
  EXPECT_EQ(errors_of(secret), 0u);
  EXPECT_EQ(errors_of(std::nullopt, secret), 0u);
}

}  // namespace
}  // namespace salesflow::security
