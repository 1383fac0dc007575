// Issuers: whose tokens are believed, and by which keys. Keys belong to one issuer each: what signs for one signs for
// no other (docs/decisions/0026).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/core/result.hpp"

namespace salesflow::security {

/// Another login service whose users work here, e.g. a Supabase project.
struct Issuer {
  std::string name;                    // iss, e.g. "https://PROJECT.supabase.co/auth/v1"
  std::vector<std::string> audiences;  // one of them must stand in aud
  std::string secret;                  // HS256; empty: none
  std::string jwks_file;               // RS256 and ES256; empty: none
};

/// From the environment (one issuer) and the TOML file of SALESFLOW_JWT_ISSUERS (any number). An issuer without keys,
/// named twice, named as ours, or sharing a secret is complained about to `config`.
std::vector<Issuer> read_issuers(ConfigReader& config, const std::string& own_name, const std::string& own_secret);

/// `[[issuer]]` tables with iss, audience (text or list), jwks_file and secret_file.
/// Errors: invalid_argument that says what is wrong, unknown keys among it.
Result<std::vector<Issuer>> parse_issuers(const std::string& path);

}  // namespace salesflow::security
