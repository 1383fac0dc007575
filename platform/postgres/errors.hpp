// SQLSTATE → Errc: the closed table, and errors of this room. Clients never see SQL, values or server messages.
#pragma once

#include <optional>
#include <string_view>

#include "platform/core/ids.hpp"
#include "platform/core/query.hpp"
#include "platform/core/result.hpp"
#include "platform/postgres/server_error.hpp"

namespace salesflow::postgres {

/// What a caller is told for a SQLSTATE. `message` is looked at only for 42501, where a refused row (RLS WITH CHECK:
/// forbidden) must be told from a missing grant (internal).
Errc classify(std::string_view sqlstate, std::string_view message) noexcept;

/// The field a constraint speaks of, by the house's names: "<table>_<field>_check|key|fkey" → "<field>"; empty
/// when it cannot be told. `column` (ServerError::column, for NOT NULL) wins.
std::string_view field_of(std::string_view table, std::string_view constraint, std::string_view column) noexcept;

/// What the server refused, as Error. log_detail: query, SQLSTATE, the server's message and the constraint's name.
Error error_from(const Query* query, const ServerError& error);

/// unavailable with Retry-After: 1; nothing was done.
Error unavailable(std::string log_detail);
Error deadline_exceeded(const Query* query, std::string_view where);
/// Its only FieldError, "id", is the row that the write was to make, when it is known: http makes a Location of it.
Error outcome_unknown(const Query* query, std::string log_detail, std::optional<Uuid> made = {});

}  // namespace salesflow::postgres
