#include "platform/http/toolkit/request.hpp"

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {

std::string_view to_string(Method method) noexcept {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
  }
  return "GET";
}

std::string_view Request::header(std::string_view name) const noexcept {
  for (const Header& header : headers) {
    if (equal_without_case(header.name, name))
      return header.value;
  }
  return {};
}

Result<Uuid> Request::path_uuid(std::size_t position, std::string_view name) const {
  if (position < path_parameters.size()) {
    if (const auto id = Uuid::parse(path_parameters[position]))
      return *id;
  }
  return fail(Errc::malformed, std::string(name) + " in the path must be a UUID", "path." + std::string(name));
}

}  // namespace salesflow::http
