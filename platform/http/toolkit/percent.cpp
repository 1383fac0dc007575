#include "platform/http/toolkit/percent.hpp"

#include "platform/core/bounded.hpp"
#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size())
        return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0')
      return std::nullopt;
    out += c;
  }
  if (!is_valid_utf8(out))
    return std::nullopt;
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> split_pairs(std::string_view text) {
  constexpr std::size_t pairs_max = 256;
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view piece = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (piece.empty())
      continue;
    if (pairs.size() == pairs_max)
      return fail(Errc::malformed, "More than 256 parameters");
    const auto equals = piece.find('=');
    auto name = percent_decode(piece.substr(0, equals), true);
    if (!name)
      return fail(Errc::malformed, "A parameter's name has a broken escape, U+0000 or invalid UTF-8");
    auto value = equals == std::string_view::npos ? std::string() : percent_decode(piece.substr(equals + 1), true);
    if (!value) {
      return fail(Errc::malformed, *name + " has a broken escape, U+0000 or invalid UTF-8", *name);
    }
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace salesflow::http
