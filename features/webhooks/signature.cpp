#include "features/webhooks/signature.hpp"

#include <charconv>

namespace salesflow::webhooks {
namespace {

constexpr int signatures_max = 10;
constexpr std::size_t timestamp_digits_max = 11;

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

std::string signed_text(std::string_view timestamp, std::string_view body) {
  std::string text;
  text.reserve(timestamp.size() + 1 + body.size());
  return text.append(timestamp).append(".").append(body);
}

}  // namespace

std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body) {
  return "v1=" + hex_of(security::view_of(security::hmac_sha256(secret, signed_text(timestamp, body))));
}

bool is_signed_by(std::string_view secret, std::string_view timestamp, std::string_view body, std::string_view header) {
  const std::string wanted = sign(secret, timestamp, body);
  bool found = false;
  int seen = 0;
  for (std::size_t at = 0; at <= header.size() && seen < signatures_max; ++seen) {
    const auto end = std::min(header.find(',', at), header.size());
    const std::string_view one = trim(header.substr(at, end - at));
    found |= one.size() == wanted.size() && security::equal_constant_time(one, wanted);
    at = end + 1;
  }
  return found;
}

std::optional<TimePoint> read_timestamp(std::string_view text) {
  std::int64_t seconds = 0;
  if (text.empty() || text.size() > timestamp_digits_max || text.front() < '0' || text.front() > '9')
    return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return TimePoint(std::chrono::seconds(seconds));
}

security::Sha256 digest_of(std::string_view channel, std::string_view timestamp, std::string_view body) {
  return security::sha256(std::string(channel) + "." + signed_text(timestamp, body));
}

}  // namespace salesflow::webhooks
