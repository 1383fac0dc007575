#include "platform/postgres/server_error.hpp"

namespace salesflow::postgres {

bool ServerError::is_well_formed(std::string_view body) noexcept {
  while (!body.empty() && body.front() != '\0') {
    const auto end = body.find('\0');
    if (end == std::string_view::npos)
      return false;
    body.remove_prefix(end + 1);
  }
  return body.size() == 1;
}

std::string_view ServerError::operator[](Field field) const noexcept {
  std::string_view rest = body_;
  while (rest.size() > 1) {
    const auto end = rest.find('\0');
    if (rest.front() == field)
      return rest.substr(1, end - 1);
    if (end == std::string_view::npos)
      break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace salesflow::postgres
