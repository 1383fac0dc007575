#include "apps/salesflow/compose/bearer_authenticator.hpp"

#include "features/accounts/provisioning.hpp"

namespace salesflow::apps {

BearerAuthenticator::BearerAuthenticator(const Shared& shared, accounts::Store& store, postgres::Database& auth_db)
    : shared_(shared),
      verifier_(shared.keys, shared.revoked),
      identities_(store, {.provision = shared.config.accounts.provision_organizations
                                           ? accounts::provision_organizations(auth_db)
                                           : accounts::Identities::Provision(),
                          .memberships_version = &shared.memberships_version}) {}

Task<Result<Identity>> BearerAuthenticator::settle(const RequestContext& context, VerifiedIdentity identity,
                                                   std::string bearer_token) {
  RequestContext lookup;  // of its own: what is read here is no part of the answer
  lookup.deadline = context.deadline;
  lookup.request_id = context.request_id;
  lookup.route = context.route;
  // Only for a user without a profile, so the token is read a second time rather than kept with every identity.
  accounts::Identities::Describe describe = [this, token = std::move(bearer_token)] {
    accounts::NewProfile profile;
    const auto keys = shared_.keys.keys().load();
    const auto claims = security::verify_access_token(shared_.keys.settings(), *keys, token, system_now());
    // PostgreSQL's text holds no U+0000; a JSON text may.
    const auto is_text = [](const std::string& text) { return !text.empty() && text.find('\0') == std::string::npos; };
    if (claims && is_text(claims->email))
      profile.email = claims->email;
    if (claims && is_text(claims->full_name))
      profile.full_name = claims->full_name;
    return profile;
  };
  co_return co_await identities_.settle(lookup, identity, std::move(describe));
}

}  // namespace salesflow::apps
