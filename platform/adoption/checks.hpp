// Checks: what an operator should know of a database before it is adopted, and what is left to do afterwards.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/adoption/organizations.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::adoption {

/// One thing looked at. state: ok | warning (can be lived with) | blocked (`up` would fail).
struct Check {
  std::string name, state, text;
  std::string remedy;  // what to run or to do; "" when ok
};

/// Login, privileges, extensions, sizes, rows without tenant. Long transactions and types are migrations::plan's.
Result<std::vector<Check>> check_database(migrations::Session& session);

/// How many users have a password hash of which kind: bcrypt, argon2id, none (invited, or by another provider),
/// unknown (no login here until a new password is set). "" for a table that is not there or may not be read.
struct PasswordKinds {
  std::map<std::string, std::int64_t> users, auth_users;
  std::string auth_note;  // why auth.users was not read; "" when it was or does not exist
};
Result<PasswordKinds> count_passwords(migrations::Session& session);

/// What is left: faults, people and rows without organisation, logins and settings that are missing.
/// `settings_missing`: the settings of `serve` that are not set here.
Result<std::vector<Check>> check_adopted(migrations::Session& session,
                                         const std::vector<std::string>& settings_missing);

/// Whether any check is of that state.
bool any(const std::vector<Check>& checks, std::string_view state);

}  // namespace salesflow::adoption
