// INVALID indexes: cost at every write, no use to any reader, and no error message that would tell of them.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

struct InvalidIndex {
  std::string name, table;  // "schema.name", quoted where they must be
  std::string definition;
  std::string mend;  // statement that builds it anew, or drops what a rebuild left behind
};

/// All of the database, whoever made them, in whatever schema; not those that a session builds right now, and not the
/// parents of partitioned indexes. Looks only.
Result<std::vector<InvalidIndex>> find_invalid_indexes(Session& session);

}  // namespace salesflow::migrations
