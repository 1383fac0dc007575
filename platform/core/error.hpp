// Errors are values from one closed list; each says what a caller may do. http/problem maps them to statuses, once.
#pragma once

#include <boost/assert/source_location.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow {

/// What went wrong, as a caller needs to know it. The HTTP status stands beside each.
enum class Errc {
  malformed,               // 400 broken syntax, encoding, cursor or path id
  unauthenticated,         // 401
  forbidden,               // 403
  not_found,               // 404, also what belongs to somebody else
  method_not_allowed,      // 405
  conflict,                // 409 duplicate, or a request in flight with the same Idempotency-Key
  precondition_failed,     // 412 If-Match does not match
  payload_too_large,       // 413
  unsupported_media_type,  // 415
  invalid_argument,        // 422 well-formed but invalid
  rate_limited,            // 429, retry later
  internal,                // 500, a bug
  not_implemented,         // 501, needs an outside service
  unavailable,             // 503, retry: nothing was written
  outcome_unknown,         // 409, a write whose commit could not be confirmed
  deadline_exceeded,       // 504
};

/// "invalid_argument" and so on, for logs and metrics. Never allocates.
std::string_view to_string(Errc code) noexcept;

/// One complaint about one input field. `field` is a path such as "suggested_reply.text" or "query.limit".
struct FieldError {
  std::string field;
  std::string reason;
};

/// An error on its way to the client. `public_detail` is text for people and safe to send; `log_detail` is for
/// operators only (SQLSTATE, peer messages) and never leaves the process.
struct Error {
  Errc code = Errc::internal;
  std::string public_detail;
  std::vector<FieldError> errors;
  std::string log_detail;
  int retry_after_s = 0;  // > 0: sent as Retry-After
  boost::source_location origin;
};

/// Builds an error; `field`, when given, becomes its only FieldError with the same text.
Error make_error(Errc code, std::string public_detail, std::string_view field = {}, std::string log_detail = {},
                 boost::source_location origin = BOOST_CURRENT_LOCATION);

}  // namespace salesflow
