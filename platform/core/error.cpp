#include "platform/core/error.hpp"

#include <utility>

namespace salesflow {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::malformed:
      return "malformed";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::forbidden:
      return "forbidden";
    case Errc::not_found:
      return "not_found";
    case Errc::method_not_allowed:
      return "method_not_allowed";
    case Errc::conflict:
      return "conflict";
    case Errc::precondition_failed:
      return "precondition_failed";
    case Errc::payload_too_large:
      return "payload_too_large";
    case Errc::unsupported_media_type:
      return "unsupported_media_type";
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::rate_limited:
      return "rate_limited";
    case Errc::internal:
      return "internal";
    case Errc::not_implemented:
      return "not_implemented";
    case Errc::unavailable:
      return "unavailable";
    case Errc::outcome_unknown:
      return "outcome_unknown";
    case Errc::deadline_exceeded:
      return "deadline_exceeded";
  }
  return "internal";
}

Error make_error(Errc code, std::string public_detail, std::string_view field, std::string log_detail,
                 boost::source_location origin) {
  Error error;
  error.code = code;
  if (!field.empty()) {
    error.errors.push_back({std::string(field), public_detail});
  }
  error.public_detail = std::move(public_detail);
  error.log_detail = std::move(log_detail);
  error.origin = origin;
  return error;
}

}  // namespace salesflow
