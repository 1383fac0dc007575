// The service that was there before, while both run side by side: one secret, and one session for both
// (docs/decisions/0034). Its tokens are HS256 with sub, email, iat, exp and type, without iss and aud.
#pragma once

#include "platform/security/access_token.hpp"

namespace salesflow::security {

/// It is the last of the foreign issuers, and the only one without a name: a token that has an `iss` at all is never
/// its.
bool is_shared_with_old_service(const TokenSettings& settings) noexcept;

/// From now on tokens of the old service, signed with JWT_SECRET, name a user here and nothing else, and tokens that we
/// sign have no audience, which the old service would refuse. Ours are known by `iss`, as before.
/// Precondition: nobody adds an issuer afterwards.
void share_with_old_service(TokenSettings& settings);

/// A refresh token of the old service (`"type":"refresh"`). Of the claims user, email and times count.
/// Errors: unauthenticated, for any other token and always while nothing is shared.
Result<AccessClaims> verify_old_refresh_token(const TokenSettings& settings, const IssuerKeys& keys,
                                              std::string_view token, TimePoint now);

}  // namespace salesflow::security
