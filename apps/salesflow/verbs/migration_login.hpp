// How verbs that change a database's schema or its owners' data reach it.
#pragma once

#include <string>

#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::apps {

/// The binary's own migrations over `database_url`, or over MIGRATION_DATABASE_URL when that is empty.
/// Errors: invalid_argument when neither is given.
Result<migrations::Options> migration_login(const std::string& database_url);
/// The same login, connected. Errors: as migration_login; those of connecting.
Result<migrations::Session> open_migration_session(const std::string& database_url);

}  // namespace salesflow::apps
