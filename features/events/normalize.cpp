#include "features/events/events.hpp"
#include "platform/text/html_text.hpp"

namespace salesflow::events {
namespace {

/// Bytes of the white space character at `at` (Unicode's White_Space property), 0 when it is none.
std::size_t space_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0; };
  const unsigned a = byte(0), b = byte(1), c = byte(2);
  if (a == ' ' || (a >= 0x09 && a <= 0x0D))
    return 1;
  if (a == 0xC2 && (b == 0x85 || b == 0xA0))
    return 2;  // U+0085, U+00A0
  if (a == 0xE1 && b == 0x9A && c == 0x80)
    return 3;  // U+1680
  if (a == 0xE2 && b == 0x80 && ((c >= 0x80 && c <= 0x8A) || c == 0xA8 || c == 0xA9 || c == 0xAF))
    return 3;
  if (a == 0xE2 && b == 0x81 && c == 0x9F)
    return 3;  // U+205F
  if (a == 0xE3 && b == 0x80 && c == 0x80)
    return 3;  // U+3000
  return 0;
}

std::string fold_space(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool pending = false;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto length = space_length(text, at)) {
      pending = !out.empty();
      at += length;
    } else {
      if (pending)
        out += ' ';
      pending = false;
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

std::string normalize_text(std::string_view text) {
  std::string normal = is_html(text) ? fold_space(html_to_text(text)) : fold_space(text);
  if (normal.empty())
    normal = fold_space(text);
  if (normal.empty())
    normal = text;
  return normal;
}

}  // namespace salesflow::events
