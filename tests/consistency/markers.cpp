#include "tests/consistency/markers.hpp"

namespace salesflow::consistency {

std::string marker(std::uint64_t object, std::uint64_t version) {
  return "~" + std::to_string(object) + "v" + std::to_string(version) + "~";
}

std::optional<std::uint64_t> number_behind(std::string_view body, std::string_view key, std::string_view within) {
  if (!within.empty()) {
    const auto at = body.find(within);
    if (at == std::string_view::npos)
      return std::nullopt;
    body.remove_prefix(at + within.size());
  }
  const auto at = body.find(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  std::uint64_t number = 0;
  const char* const begin = body.data() + at + key.size();
  if (std::from_chars(begin, body.data() + body.size(), number).ec != std::errc())
    return std::nullopt;
  return number;
}

}  // namespace salesflow::consistency
