// Refusal: a value that the server refused without naming its column, and how the column is found out. Found tables
// have constraints of any name and varchar(n) of any length; who sent the value must be told which one it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/core/error.hpp"
#include "platform/core/query.hpp"
#include "platform/postgres/params.hpp"
#include "platform/postgres/server_error.hpp"

namespace salesflow::postgres {

struct BoundQuery;

struct Refusal {
  const Query* query = nullptr;  // null: there is nothing to find out
  std::string constraint;
  std::int32_t type_modifier = 0;  // as pg_attribute has it; 0: not refused for its size
  std::size_t length_max = 0;      // characters; 0: not refused for its length
};

/// Nothing (query null) where the error names a field already, or is of another kind.
Refusal refusal_of(const Query* query, const ServerError& refused, const Error& error);

/// Arguments of learn_refused_columns.
Params refused_columns_params(const Refusal& refusal);

/// Puts the fields into the error: of `columns` those that were sent with a text that is too long, as far as the names
/// of what was sent are known (members of a JSON argument); else those that the statement speaks of; else all.
void name_fields(Error& error, const Refusal& refusal, const BoundQuery& sent, std::vector<std::string> columns);

}  // namespace salesflow::postgres
