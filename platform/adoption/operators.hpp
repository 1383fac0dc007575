// Operators: who may read /api/ops beside superadmins. As the migrating login.
#pragma once

#include <string>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::adoption {

struct OperatorRow {
  std::string id, email, added_at;  // added_at "": a superadmin who was not added
  bool is_superadmin = false;
};

/// By address, superadmins among them. Errors: conflict when the schema is not there yet.
Result<std::vector<OperatorRow>> list_operators(migrations::Session& session);

/// `user`: address or UUID. It counts from the user's next request on. False: it was so before.
/// Errors: not_found; conflict when two users have that address, or the schema is not there yet.
Result<bool> set_operator(migrations::Session& session, const std::string& user, bool is_operator);

}  // namespace salesflow::adoption
