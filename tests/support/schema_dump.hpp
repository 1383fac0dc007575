// A database's schema as text, to compare before and after.
#pragma once

#include <string>

#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// pg_dump --schema-only without its random token. Adds a test failure when it cannot.
std::string dump_schema(const std::string& url);
std::string dump_schema(const TestDatabase& database);
/// pg_dumpall --roles-only without the token and without passwords.
std::string dump_roles(const std::string& superuser_url);

}  // namespace salesflow::test
