// Provisioning: an organisation for a user who belongs to none, made at the first request that needs one.
#pragma once

#include "features/accounts/identities.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::accounts {

/// For Identities::Options. As salesflow_auth over `auth_db`, which must outlive it. Makes one organisation a user
/// however many requests come at once, owned by that user and named after its company, name or address. Cost:   one
/// statement in one round trip. Answer: nullopt for a user without a row in users, and for one who is switched off.
/// Errors: those of the database.
Identities::Provision provision_organizations(postgres::Database& auth_db);

}  // namespace salesflow::accounts
