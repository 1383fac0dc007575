// salesflow token: an access token for scripts, signed with JWT_SECRET.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>

#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/core/config.hpp"
#include "platform/core/time.hpp"
#include "platform/security/access_token.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

constexpr std::int64_t ttl_s_max = 30 * 86'400;

struct Flags {
  std::string user, org, role = "member";
  std::int64_t ttl_s = 3600;
  bool json = false;
};

int report_errors(const std::vector<std::string>& errors, const Flags& flags, int exit_code) {
  for (const auto& error : errors) {
    if (flags.json) {
      std::cout << json::object{{"ok", false}, {"error", error}} << "\n";
      break;
    }
    std::cerr << "salesflow token: " << error << "\n";
  }
  return exit_code;
}

int run_token(const Flags& flags) {
  const auto user_id = Uuid::parse(flags.user);
  if (!user_id || user_id->is_nil())
    return report_errors({"--user must be a UUID"}, flags, 2);
  const auto org_id = flags.org.empty() ? std::optional(Uuid{}) : Uuid::parse(flags.org);
  if (!org_id)
    return report_errors({"--org must be a UUID"}, flags, 2);
  const auto role = security::parse_org_role(flags.role);
  if (!role)
    return report_errors({"--role must be owner, admin or member"}, flags, 2);
  ConfigReader config;
  const auto settings = security::TokenSettings::read(config);
  if (!config.errors().empty())
    return report_errors(config.errors(), flags, 1);

  security::AccessClaims claims;
  claims.user_id = *user_id;
  claims.org_id = *org_id;
  claims.role = org_id->is_nil() ? OrgRole::none : *role;
  claims.issued_at = std::chrono::floor<std::chrono::seconds>(system_now());
  claims.expires_at = claims.issued_at + std::chrono::seconds(flags.ttl_s);
  const auto key = security::Key::from_secret(settings.secret, settings.secret_key_id);
  const std::string token = security::sign_access_token(settings, key, claims);
  if (!flags.json) {
    fmt::print("{}\n", token);
    return 0;
  }
  json::object answer{{"ok", true},
                      {"access_token", token},
                      {"token_type", "bearer"},
                      {"expires_in", flags.ttl_s},
                      {"expires_at", format_rfc3339(claims.expires_at)},
                      {"user_id", user_id->to_string()}};
  if (!org_id->is_nil()) {
    answer["org_id"] = org_id->to_string();
    answer["role"] = json::string(security::to_string(*role));
  }
  std::cout << answer << "\n";
  return 0;
}

}  // namespace

void add_token(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<Flags>();
  auto* verb = app.add_subcommand("token", "Prints an access token for scripts, signed with JWT_SECRET");
  verb->footer(
      "Examples:\n"
      "  JWT_SECRET_FILE=/run/secrets/jwt salesflow token --user 0192f3a0-0000-7000-8000-000000000001\n"
      "  salesflow token --user UUID --org UUID --role admin --ttl 12h\n"
      "  curl -H \"Authorization: Bearer $(salesflow token --user UUID)\" http://127.0.0.1:8080/api/auth/me\n"
      "  salesflow token --user UUID --json | jq -r .access_token\n\n"
      "The token has no session: it cannot be revoked, so give it a short life. Neither user nor organisation is\n"
      "looked up. The server must run with the same JWT_SECRET, SALESFLOW_JWT_ISSUER and SALESFLOW_JWT_AUDIENCE.");
  verb->add_option("--user", flags->user, "User id (UUID)")->required();
  verb->add_option("--org", flags->org, "Organisation id (UUID); without it the token has no organisation");
  verb->add_option("--role", flags->role, "Role in the organisation: owner, admin or member")->capture_default_str();
  const std::map<std::string, std::int64_t> units{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86'400}};
  verb->add_option("--ttl", flags->ttl_s, "Life: seconds, or 30min, 12h, 7d; at most 30d [3600]")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(std::int64_t{1}, ttl_s_max));
  verb->add_flag("--json", flags->json, "One JSON object instead of the bare token");
  verb->callback([flags, &exit_code] { exit_code = run_token(*flags); });
}

}  // namespace salesflow::apps
