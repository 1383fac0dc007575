#include "platform/http/toolkit/read_body.hpp"

namespace salesflow::http {

bool prefers_strict(const Request& request) noexcept {
  std::string_view prefer = request.header("Prefer");
  while (!prefer.empty()) {
    const auto end = std::min(prefer.find(','), prefer.size());
    auto preference = prefer.substr(0, end);
    while (preference.starts_with(' '))
      preference.remove_prefix(1);
    while (preference.ends_with(' '))
      preference.remove_suffix(1);
    if (preference == "handling=strict" || preference == "handling=\"strict\"")
      return true;
    prefer.remove_prefix(std::min(end + 1, prefer.size()));
  }
  return false;
}

}  // namespace salesflow::http
