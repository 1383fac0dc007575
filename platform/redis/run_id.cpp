#include "platform/redis/run_id.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace salesflow::redis {

RunId RunId::of(std::string_view text) {
  RunId id;
  if (text.empty())
    return id;
  bool is_hex = text.size() == 2 * id.bytes.size();
  for (std::size_t i = 0; is_hex && i < id.bytes.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, id.bytes[i], 16);
    is_hex = error == std::errc{} && end == digits + 2;
  }
  if (!is_hex) {
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), id.bytes.data(), &size, EVP_sha1(), nullptr);
  }
  return id;
}

std::string RunId::to_string() const {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string_view info_field(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const auto end = std::min(info.find('\n'), info.size());
    std::string_view line = info.substr(0, end);
    info.remove_prefix(std::min(end + 1, info.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return line.substr(name.size() + 1);
  }
  return {};
}

}  // namespace salesflow::redis
