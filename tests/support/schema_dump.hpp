// A database's schema as text, to compare before and after.
#pragma once

#include <string>

namespace salesflow::test {

/// pg_dump --schema-only without its random token. Adds a test failure when it cannot.
std::string dump_schema(const std::string& url);
/// pg_dumpall --roles-only without the token and without passwords.
std::string dump_roles(const std::string& superuser_url);

}  // namespace salesflow::test
