// What to do about a refused statement: the one that an administrator must run, or the space that is missing.
#pragma once

#include <string>

#include "platform/core/result.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// to_error's, with what an operator can do about it: the statement for an administrator where a privilege or an
/// extension is missing, room where the disk is full. Asks the catalogue; call outside of a failed transaction.
Error explain(Session& session, const SqlError& error, const std::string& doing);

}  // namespace salesflow::migrations
