// People who come with a token of another login service, as the clients of a Supabase project do.
#include <fstream>

#include "platform/security/test_issuer.hpp"
#include "tests/integration/server_story.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace security::test;

constexpr const char* project = "https://project.supabase.co/auth/v1";
constexpr const char* project_secret = "super-secret-jwt-token-with-at-least-32-characters-long";

class ForeignTokensStory : public ServerStory {
 protected:
  ForeignTokensStory() : folder_(std::filesystem::temp_directory_path() / ("salesflow-keys-" + random_hex(8))) {
    std::filesystem::create_directory(folder_);
    write_keys(security::test::jwks(ec_jwk(key_, "1")));
    extra = {{"SALESFLOW_JWT_FOREIGN_ISSUERS", project},
             {"SALESFLOW_JWT_FOREIGN_SECRET", project_secret},
             {"JWT_JWKS_FILE", keys_path()}};
  }
  ~ForeignTokensStory() override { std::filesystem::remove_all(folder_); }

  std::string keys_path() const { return folder_ / "keys.json"; }
  void write_keys(const std::string& text) const {
    std::ofstream(folder_ / "next") << text;
    std::filesystem::rename(folder_ / "next", keys_path());
  }

  static std::int64_t now_s() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  /// As Supabase writes them.
  static json::object claims(const std::string& user_id) {
    return {{"iss", project},
            {"aud", "authenticated"},
            {"role", "authenticated"},
            {"sub", user_id},
            {"email", "carla@example.com"},
            {"iat", now_s()},
            {"exp", now_s() + 3600},
            {"is_anonymous", false},
            {"session_id", "0192f3a0-0000-7000-8000-00000000aaaa"},
            {"app_metadata", json::object{{"provider", "email"}}},
            {"user_metadata", json::object{{"full_name", "Carla Columna"}}}};
  }
  static std::string by_secret(const json::object& claims, const std::string& secret = project_secret) {
    return secret_token(secret, R"({"alg":"HS256","typ":"JWT"})", json::serialize(claims));
  }
  std::string by_key(const json::object& claims) const {
    return foreign_token(key_, R"({"alg":"ES256","kid":"1"})", json::serialize(claims));
  }
  int status_of(const std::string& token, const char* path = "/api/auth/me") {
    return server().get(path, token).status;
  }

  const std::string carla_ = "0192f3a0-0000-7000-8000-00000000c001";

 private:
  std::filesystem::path folder_;
  PrivateKey key_ = make_ec_key();
};

TEST_F(ForeignTokensStory, WorkOnEveryRouteAndMakeAProfileAtFirstUse) {
  const auto me = server().get("/api/auth/me", by_secret(claims(carla_)));
  ASSERT_EQ(me.status, 200) << me.raw.body;
  EXPECT_EQ(me.body.at("id").as_string(), carla_);
  EXPECT_EQ(me.body.at("email").as_string(), "carla@example.com");
  EXPECT_EQ(me.body.at("full_name").as_string(), "Carla Columna");
  EXPECT_EQ(me.body.at("role").as_string(), "user");
  EXPECT_EQ(server().get("/api/contacts", by_secret(claims(carla_))).status, 403) << "she has no organisation yet";
  // She needs no claim once she has a membership.
  const auto anna = server().sign_up("anna@example.com");
  ASSERT_EQ(
      server()
          .call("POST", "/api/organization/members", anna.token, R"({"email":"carla@example.com","role":"member"})")
          .status,
      200);
  const std::string token = by_key(claims(carla_));
  EXPECT_TRUE(wait_until([&] { return status_of(token, "/api/contacts") == 200; }, std::chrono::seconds(5)));
  const auto document = server().get("/openapi.json");
  int asked = 0;
  for (const auto& [path, operations] : document.body.at("paths").as_object()) {
    const auto* get = operations.as_object().if_contains("get");
    if (!get || !get->as_object().contains("security") || std::string_view(path).find('{') != std::string_view::npos)
      continue;
    ++asked;
    const int status = status_of(token, std::string(path).c_str());
    EXPECT_NE(status, 401) << path;
    EXPECT_LT(status, 500) << path;
  }
  EXPECT_GT(asked, 20);
  const auto event = server().call("POST", "/api/autopilot/message-event", token,
                                   R"({"channel":"email","direction":"inbound","text":"hello"})");
  EXPECT_EQ(event.status, 200) << event.raw.body;
}

TEST_F(ForeignTokensStory, NameNeitherRoleNorSuperadminNorAnOrganisationOfOthers) {
  const auto anna = server().sign_up("anna@example.com");
  const std::string her_org = database.run("SELECT org_id::text FROM org_members").value();
  auto claimed = claims(carla_);
  claimed["superadmin"] = true;
  claimed["org_role"] = "owner";
  claimed["sid"] = "0192f3a0-0000-7000-8000-00000000bbbb";
  claimed["app_metadata"] = json::object{{"org_id", her_org}, {"org_role", "owner"}};
  EXPECT_EQ(status_of(by_secret(claimed)), 403) << "no member of it";
  ASSERT_EQ(status_of(by_secret(claims(carla_))), 200);
  ASSERT_EQ(
      server()
          .call("POST", "/api/organization/members", anna.token, R"({"email":"carla@example.com","role":"member"})")
          .status,
      200);
  EXPECT_TRUE(
      wait_until([&] { return status_of(by_secret(claimed), "/api/contacts") == 200; }, std::chrono::seconds(5)));
  EXPECT_EQ(
      server()
          .call("POST", "/api/organization/members", by_secret(claimed), R"({"email":"x@example.com","role":"member"})")
          .status,
      403)
      << "a member, whatever the token says";
  // Who is taken out is out within a second, on every node.
  ASSERT_EQ(server().call("DELETE", "/api/organization/members/" + carla_, anna.token).status, 204);
  EXPECT_TRUE(
      wait_until([&] { return status_of(by_secret(claimed), "/api/contacts") == 403; }, std::chrono::seconds(5)));
  ASSERT_EQ(status_of(by_secret(claims(carla_))), 200);
  database.run("UPDATE users SET is_active = false WHERE id = $1", {carla_});
  EXPECT_TRUE(wait_until([&] { return status_of(by_secret(claims(carla_))) == 403; }, std::chrono::seconds(5)));
}

TEST_F(ForeignTokensStory, AreRefusedWhenExpiredOrAnApiKeyOrSignedByTheWrongParty) {
  ASSERT_EQ(status_of(by_secret(claims(carla_))), 200);
  const std::pair<const char*, json::value> spoilt[] = {{"exp", now_s() - 60},    {"role", "anon"},
                                                        {"role", "service_role"}, {"aud", "salesflow"},
                                                        {"sub", nullptr},         {"is_anonymous", true}};
  for (const auto& [claim, value] : spoilt) {
    auto bad = claims(carla_);
    bad[claim] = value;
    EXPECT_EQ(status_of(by_secret(bad)), 401) << claim;
    EXPECT_EQ(status_of(by_key(bad)), 401) << claim;
  }
  // The project's anon and service_role keys as they are.
  for (const char* role : {"anon", "service_role"})
    EXPECT_EQ(
        status_of(by_secret(
            {{"iss", "supabase"}, {"ref", "project"}, {"role", role}, {"iat", now_s()}, {"exp", now_s() + 3600}})),
        401);
  EXPECT_EQ(status_of(by_secret(claims(carla_), test_jwt_secret)), 401) << "our secret signs for us alone";
  json::object ours{{"iss", "salesflow"}, {"aud", "salesflow"}, {"type", "access"},    {"sub", carla_},
                    {"superadmin", true}, {"iat", now_s()},     {"exp", now_s() + 600}};
  ASSERT_EQ(status_of(by_secret(ours, test_jwt_secret), "/api/autopilot/message-events"), 200);
  EXPECT_EQ(status_of(by_key(ours)), 401) << "a key of the project signs for the project alone";
  EXPECT_EQ(status_of(by_secret(ours)), 401);
}

TEST_F(ForeignTokensStory, EndWithTheirKeyFileWithinTenSeconds) {
  const std::string token = by_key(claims(carla_));
  ASSERT_EQ(status_of(token), 200);
  write_keys("");
  EXPECT_TRUE(wait_until([&] { return status_of(token) == 401; }, std::chrono::seconds(10)));
  EXPECT_EQ(status_of(by_secret(claims(carla_))), 200) << "the project's secret is another key";
}

}  // namespace
}  // namespace salesflow::test
