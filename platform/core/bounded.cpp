#include "platform/core/bounded.hpp"

#include <cstring>

namespace salesflow {

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool is_valid_utf8(std::string_view text) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    std::uint64_t eight;
    if (end - at >= 8 && (std::memcpy(&eight, at, 8), (eight & 0x8080808080808080ULL) == 0)) {
      at += 8;
      continue;
    }
    const unsigned char lead = *at++;
    if (lead < 0x80)
      continue;
    int follow;
    std::uint32_t point, smallest;
    if ((lead & 0xE0) == 0xC0) {
      follow = 1, point = lead & 0x1F, smallest = 0x80;
    } else if ((lead & 0xF0) == 0xE0) {
      follow = 2, point = lead & 0x0F, smallest = 0x800;
    } else if ((lead & 0xF8) == 0xF0) {
      follow = 3, point = lead & 0x07, smallest = 0x10000;
    } else {
      return false;
    }
    if (end - at < follow)
      return false;
    for (; follow > 0; --follow) {
      if ((*at & 0xC0) != 0x80)
        return false;
      point = point << 6 | (*at++ & 0x3F);
    }
    if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
      return false;
  }
  return true;
}

}  // namespace salesflow
