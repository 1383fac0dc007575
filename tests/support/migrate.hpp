// Brings a test's database to the newest schema.
#pragma once

#include <string>

namespace salesflow::test {

/// Applies all of db/migrations as the role of `owner_url`. Throws with the failing file and PostgreSQL's message.
void migrate_up(const std::string& owner_url);

}  // namespace salesflow::test
