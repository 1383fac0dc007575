// Access tokens: JWTs (RFC 7519, signed per RFC 7515) with a closed list of algorithms and claims.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/time.hpp"
#include "platform/security/key_set.hpp"

namespace salesflow::security {

/// A longer token is refused before anything is decoded.
inline constexpr std::size_t token_bytes_max = 8192;

/// How tokens are made and which are believed.
struct TokenSettings {
  std::string secret;         // JWT_SECRET, at least 32 bytes
  std::string secret_key_id;  // stated in our tokens and required of HS256 tokens that state one
  std::string jwks_file;      // empty: only tokens signed with the secret
  std::string issuer = "salesflow";
  std::string audience = "salesflow";
  std::vector<std::string> foreign_issuers;    // besides ours, e.g. "https://PROJECT.supabase.co/auth/v1"
  std::vector<std::string> foreign_audiences;  // what tokens of foreign issuers are for, e.g. "authenticated"
  std::chrono::seconds access_ttl{1800};
  std::chrono::seconds leeway{30};

  static TokenSettings read(ConfigReader& config);
};

/// What an access token says. Times have whole seconds.
struct AccessClaims {
  Uuid user_id;       // sub
  std::string email;  // may be empty
  Uuid org_id;        // nil without organisation
  OrgRole role = OrgRole::none;
  bool superadmin = false;
  Uuid session_id;  // sid; nil: cannot be revoked before it expires (scripts, foreign issuers)
  TimePoint issued_at{};
  TimePoint expires_at{};

  Identity identity() const { return {user_id, org_id, session_id, role, superadmin}; }
};

/// "owner", "admin", "member", "" for none.
std::string_view to_string(OrgRole role) noexcept;
/// nullopt for any other text than owner, admin and member.
std::optional<OrgRole> parse_org_role(std::string_view text) noexcept;

/// Signs with the shared secret, HS256. `key` must be one made by Key::from_secret.
std::string sign_access_token(const TokenSettings& settings, const Key& key, const AccessClaims& claims);

/// Checks signature, issuer, audience, times and type, in this order of trust: nothing of the payload is looked at
/// before the signature holds.
/// Claims: sub, iss, aud, exp and iat are required. A token of our own issuer must say `"type":"access"`; a foreign one
///         may leave `type` out. org_id and role may stand in app_metadata instead (as org_id and org_role);
///         user_metadata is never read, since users write it themselves. Role "authenticated" is no organisation role.
///         sid and superadmin count in tokens of our own issuer only.
/// Errors: unauthenticated with a public detail that says what is wrong, and nothing about keys.
/// Cost:   about 7 µs for HS256, more for public keys; TokenVerifier caches.
Result<AccessClaims> verify_access_token(const TokenSettings& settings, const KeySet& keys, std::string_view token,
                                         TimePoint now);

}  // namespace salesflow::security
