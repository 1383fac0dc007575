// Access tokens: JWTs (RFC 7519, signed per RFC 7515) with a closed list of algorithms and claims.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/core/time.hpp"
#include "platform/core/verified_identity.hpp"
#include "platform/security/issuers.hpp"
#include "platform/security/key_set.hpp"

namespace salesflow::security {

/// A longer token is refused before anything is decoded.
inline constexpr std::size_t token_bytes_max = 8192;

/// How tokens are made and which are believed.
struct TokenSettings {
  std::string secret;         // JWT_SECRET, at least 32 bytes
  std::string secret_key_id;  // stated in our tokens and required of HS256 tokens that state one
  std::string issuer = "salesflow";
  std::string audience = "salesflow";
  std::vector<Issuer> foreign;  // besides ours
  std::chrono::seconds access_ttl{1800};
  std::chrono::seconds leeway{30};

  static TokenSettings read(ConfigReader& config);
};

/// The keys in force, each issuer's apart.
struct IssuerKeys {
  KeySet own;
  std::vector<KeySet> foreign;  // in the order of TokenSettings::foreign
};

/// What an access token says. Times have whole seconds.
struct AccessClaims {
  Uuid user_id;                  // sub
  std::string email;             // may be empty
  Uuid org_id;                   // nil without organisation; of a foreign issuer: only what is asked for
  OrgRole role = OrgRole::none;  // always none of a foreign issuer
  bool superadmin = false;
  Uuid session_id;  // sid; nil: cannot be revoked before it expires (scripts, foreign issuers)
  TimePoint issued_at{};
  TimePoint expires_at{};
  bool foreign = false;   // another issuer's: organisation and role have to be looked up
  std::string full_name;  // of a foreign issuer, as the user wrote it; for a new profile only

  VerifiedIdentity identity() const {
    const Standing standing = foreign ? Standing::foreign : org_id.is_nil() ? Standing::unplaced : Standing::settled;
    return {{user_id, org_id, session_id, role, superadmin}, standing};
  }
};

/// "owner", "admin", "member", "" for none.
std::string_view to_string(OrgRole role) noexcept;
/// nullopt for any other text than owner, admin and member.
std::optional<OrgRole> parse_org_role(std::string_view text) noexcept;

/// Signs with the shared secret, HS256. `key` must be one made by Key::from_secret.
std::string sign_access_token(const TokenSettings& settings, const Key& key, const AccessClaims& claims);

/// Checks signature, audience, times and type, in this order of trust: of the payload only `iss` is looked at before
/// the signature holds, to know whose keys count. Claims: sub, iss, aud, exp and iat are required (iss and aud: but see
/// old_service.hpp). A token of our own issuer must say `"type":"access"`; a foreign one
///         may leave `type` out. org_id may stand in app_metadata instead; user_metadata, which users write themselves,
///         gives a name and nothing else. role, sid and superadmin count in tokens of our own issuer only. A foreign
///         token of role anon or service_role, or of an anonymous user, is nobody's.
/// Errors: unauthenticated with a public detail that says what is wrong, and nothing about keys.
/// Cost:   about 7 µs for HS256, more for public keys; TokenVerifier caches.
Result<AccessClaims> verify_access_token(const TokenSettings& settings, const IssuerKeys& keys, std::string_view token,
                                         TimePoint now);

}  // namespace salesflow::security
