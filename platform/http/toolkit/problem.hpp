// Errors on the wire: the one table from Errc to status, and problem+json (RFC 9457) with `detail` as text, which old
// clients read.
#pragma once

#include <string>
#include <string_view>

#include "platform/core/error.hpp"
#include "platform/http/toolkit/response.hpp"

namespace salesflow::http {

/// Of a write that may have happened: a client that repeats it could do it twice.
inline constexpr std::string_view outcome_unknown_type = "outcome-unknown";

int status_of(Errc code) noexcept;
/// "Not Found"; "Unknown" for a status outside the table.
std::string_view reason_of(int status) noexcept;

/// {"type","title","status","detail","instance","errors"?}; the instance is the request id, which also stands in the
/// log. The type is about:blank but for outcome_unknown, whose FieldErrors are not for the client. 401 carries
/// WWW-Authenticate, 503 and 429 Retry-After.
Response problem(const Error& error, std::string_view request_id);
/// For statuses that no handler produces (408, 414, 431).
Response problem(int status, std::string_view detail, std::string_view request_id);

/// The JSON Schema of a problem, for the OpenAPI document.
std::string_view problem_schema() noexcept;

}  // namespace salesflow::http
