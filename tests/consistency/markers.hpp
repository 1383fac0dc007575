// Markers: versions inside the texts of rows, found again in bodies without parsing them.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow::consistency {

/// "~12v34~": version 34 of object 12. No JSON of ours has a ~ anywhere else.
std::string marker(std::uint64_t object, std::uint64_t version);

/// Calls `found(object, version)` for each marker of `body`, in their order.
template <class Found>
void for_each_marker(std::string_view body, Found found) {
  const char* const end = body.data() + body.size();
  for (std::size_t at = body.find('~'); at != std::string_view::npos; at = body.find('~', at + 1)) {
    std::uint64_t object = 0, version = 0;
    const auto [middle, no_object] = std::from_chars(body.data() + at + 1, end, object);
    if (no_object != std::errc() || middle == end || *middle != 'v')
      continue;
    const auto [last, no_version] = std::from_chars(middle + 1, end, version);
    if (no_version != std::errc() || last == end || *last != '~')
      continue;
    found(object, version);
    at = static_cast<std::size_t>(last - body.data());
  }
}

/// The whole number behind the first `key` (e.g. "\"open\":"), searched behind the first `within` when there is one;
/// nullopt without.
std::optional<std::uint64_t> number_behind(std::string_view body, std::string_view key, std::string_view within = {});

}  // namespace salesflow::consistency
