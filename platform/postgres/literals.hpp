// Literals: a statement's arguments as SQL text, for EXPLAIN EXECUTE. What they hold is somebody's data: never logged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/postgres/request.hpp"

namespace salesflow::postgres {

/// "'…'" or NULL for a value in PostgreSQL's binary form. None for a type that is not known here.
std::optional<std::string> literal_of(Oid type, std::string_view binary);

/// All arguments in the order of the statement's header, NULL for those that its variant does not send. None when one
/// has no literal, or all together have more than `bytes_max`.
std::optional<std::vector<std::string>> literals_of(const BoundQuery& bound, std::size_t bytes_max);

/// "uuid", "text", "timestamptz", "int8[]": for people.
std::string type_name(Oid type);

}  // namespace salesflow::postgres
