// The service's roles as logins. Migrations make them NOLOGIN: whoever runs the service gives them a password.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// The login that a connection string of the service stands for. `setting` names it in errors.
/// Errors: invalid_argument where it names another role than `role`, or no password.
Result<RoleLogin> login_of(const std::string& conninfo, const std::string& setting, const std::string& role);

/// ALTER ROLE … LOGIN PASSWORD '…'; for each of salesflow_app, _auth and _worker that cannot log in, and GRANT CONNECT
/// where this database does not let it in.
std::vector<std::string> missing_logins(Session& session);

/// Lets each role log in with its password; `done` gets their names. The server sees verifiers, not passwords.
/// Errors: forbidden (this login may not; the statement for an administrator is named), invalid_argument.
Result<void> set_logins(Session& session, const std::vector<RoleLogin>& logins, std::vector<std::string>& done);

}  // namespace salesflow::migrations
