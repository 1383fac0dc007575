#include "platform/http/toolkit/read_query.hpp"

namespace salesflow::http::detail {

Error pairs_error(std::vector<FieldError> errors) {
  Error error = fail(Errc::invalid_argument, errors.front().field + " " + errors.front().reason);
  error.errors = std::move(errors);
  return error;
}

}  // namespace salesflow::http::detail
