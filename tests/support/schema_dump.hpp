// A database's whole schema as text, to compare two of them.
#pragma once

#include <string>

namespace salesflow::test {

/// What pg_dump --schema-only writes, without its random token. Throws when pg_dump fails.
std::string dump_schema(const std::string& url);

}  // namespace salesflow::test
