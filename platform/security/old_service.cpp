#include "platform/security/old_service.hpp"

namespace salesflow::security {

bool is_shared_with_old_service(const TokenSettings& settings) noexcept {
  return !settings.foreign.empty() && settings.foreign.back().name.empty();
}

void share_with_old_service(TokenSettings& settings) {
  if (!is_shared_with_old_service(settings))
    settings.foreign.push_back({{}, {}, settings.secret, {}});
}

TokenSettings TokenSettings::read(ConfigReader& config) {
  TokenSettings settings;
  settings.secret = config.secret("JWT_SECRET", "Signs access tokens (HS256); at least 32 random bytes.", "SECRET_KEY");
  if (settings.secret.size() < secret_bytes_min) {
    config.complain(settings.secret.empty()
                        ? "JWT_SECRET is required: at least 32 random bytes (openssl rand -base64 48)"
                        : "JWT_SECRET must have at least 32 bytes");
  }
  settings.secret_key_id = config.text(
      "SALESFLOW_JWT_SECRET_KID", "", "Key id of JWT_SECRET: stated in our tokens, required of tokens that state one.");
  settings.issuer = config.text("SALESFLOW_JWT_ISSUER", settings.issuer, "Issuer (iss) of our own tokens.");
  settings.audience = config.text("SALESFLOW_JWT_AUDIENCE", settings.audience, "Audience (aud) of our own tokens.");
  settings.foreign = read_issuers(config, settings.issuer, settings.secret);
  using namespace std::chrono_literals;
  settings.access_ttl = std::chrono::duration_cast<std::chrono::seconds>(
      config.duration("SALESFLOW_JWT_ACCESS_TTL", 30min, 1min, 24h, "Life of an access token."));
  settings.leeway = std::chrono::duration_cast<std::chrono::seconds>(
      config.duration("SALESFLOW_JWT_LEEWAY", 30s, 0s, 5min, "How far the clocks of issuers may be off."));
  if (config.flag("SALESFLOW_JWT_SHARED_WITH_OLD_SERVICE", false,
                  "One session for SalesFlow and the service before, whose SECRET_KEY is our JWT_SECRET: its tokens "
                  "(without iss) count here, and ours have no aud and count there. Off when that service is."))
    share_with_old_service(settings);
  if (settings.issuer.empty())
    config.complain("SALESFLOW_JWT_ISSUER must not be empty");
  if (settings.audience.empty())
    config.complain("SALESFLOW_JWT_AUDIENCE must not be empty");
  return settings;
}

}  // namespace salesflow::security
