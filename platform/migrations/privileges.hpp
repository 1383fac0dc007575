// What the migrating login may not, before a statement fails for it.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/migration_file.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

struct MissingPrivilege {
  std::string what;       // "manager may not create schemas in database crm"
  std::string statement;  // that an administrator runs: "GRANT CREATE ON DATABASE crm TO manager;"
};

/// What `up` with these migrations needs and this login lacks: roles, the database, schema public, found tables and
/// views and functions under our names. Empty for a superuser. Looks only.
Result<std::vector<MissingPrivilege>> find_missing_privileges(Session& session,
                                                              const std::vector<Migration>& migrations);

}  // namespace salesflow::migrations
