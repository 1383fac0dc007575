// Refresh tokens of the service that was there before, while both share their sessions (docs/decisions/0034).
#pragma once

#include "features/accounts/accounts.hpp"

namespace salesflow::accounts {

/// Its longest token; ours have 43 characters and no dot.
inline constexpr std::size_t old_refresh_token_bytes_max = 4096;

/// Whether the text can be one: tokens of ours never look like it. False while nothing is shared.
bool may_be_old_refresh_token(const SharedServices& shared, std::string_view token);

/// Makes a session whose first refresh token is this one, so that all that holds for ours holds for it from now on: it
/// is traded once, a second use after the grace ends the session, and logout and a new password revoke it. Nothing
/// happens when there is one already. Errors: unauthenticated for a token that is not good, of nobody here, or of
/// somebody who is switched off; also for one
///         that would outlive ours, since its session would be forgotten before it expires.
Task<Result<void>> adopt_old_refresh_token(RequestContext& request, Store& store, const SharedServices& shared,
                                           std::string token);

}  // namespace salesflow::accounts
