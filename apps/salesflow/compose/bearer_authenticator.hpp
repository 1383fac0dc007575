// BearerAuthenticator: who a token's bearer is here.
#pragma once

#include "apps/salesflow/compose/shared.hpp"
#include "features/accounts/identities.hpp"
#include "platform/http/toolkit/authenticator.hpp"
#include "platform/postgres/database.hpp"
#include "platform/security/token_verifier.hpp"

namespace salesflow::apps {

/// A token verifier, and who its identities are here, as the HTTP room wants them.
class BearerAuthenticator final : public http::Authenticator {
 public:
  /// `store` must outlive it.
  BearerAuthenticator(const Shared& shared, accounts::Store& store, postgres::Database& auth_db);
  Result<VerifiedIdentity> authenticate(std::string_view bearer_token) override {
    return verifier_.authenticate(bearer_token);
  }
  Task<Result<Identity>> settle(const RequestContext& context, VerifiedIdentity identity,
                                std::string bearer_token) override;

 private:
  const Shared& shared_;
  security::TokenVerifier verifier_;
  accounts::Identities identities_;
};

}  // namespace salesflow::apps
