#include "platform/core/keyset.hpp"

#include "platform/core/base64url.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/scope_hash.hpp"

namespace salesflow {
namespace {

/// Shape: version 2, 4 bytes of scope hash, then each key as 2 bytes of length and its text.
constexpr char version = 2;
constexpr std::size_t head_bytes = 5, key_bytes_max = 4096, text_length_max = 16'384;

Error refused() {
  return fail(Errc::malformed, "The cursor is not one of this list", "query.cursor");
}

void put_hash(std::string& out, std::uint32_t hash) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(hash >> shift & 0xFF);
}

}  // namespace

std::string encode_keyset(const std::vector<std::string>& keys, std::string_view scope) {
  std::string bytes(1, version);
  put_hash(bytes, scope_hash(scope));
  for (const std::string& key : keys) {
    const std::size_t length = std::min(key.size(), key_bytes_max);
    bytes += static_cast<char>(length >> 8);
    bytes += static_cast<char>(length & 0xFF);
    bytes.append(key, 0, length);
  }
  return to_base64url(bytes);
}

Result<std::vector<std::string>> decode_keyset(std::string_view text, std::size_t count, std::string_view scope) {
  if (text.size() > text_length_max)
    return refused();
  const auto bytes = from_base64url(text);
  std::string head(1, version);
  put_hash(head, scope_hash(scope));
  if (!bytes || !bytes->starts_with(head))
    return refused();
  std::vector<std::string> keys;
  for (std::size_t at = head_bytes; at < bytes->size();) {
    if (at + 2 > bytes->size())
      return refused();
    const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>((*bytes)[at])) << 8 |
                               static_cast<unsigned char>((*bytes)[at + 1]);
    at += 2;
    if (length > key_bytes_max || at + length > bytes->size() || keys.size() == count)
      return refused();
    keys.push_back(bytes->substr(at, length));
    at += length;
    if (!is_valid_utf8(keys.back()) || keys.back().find('\0') != std::string::npos)
      return refused();
  }
  if (keys.size() != count)
    return refused();
  return keys;
}

std::string key_text(std::int64_t value) {
  return std::to_string(value);
}

std::string key_text(TimePoint at) {
  return std::to_string(at.time_since_epoch().count());
}

std::string key_text(Date day) {
  return std::to_string(day.time_since_epoch().count());
}

Result<std::int64_t> key_number(std::string_view text, std::int64_t min, std::int64_t max) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < min || value > max)
    return refused();
  return value;
}

Result<TimePoint> key_time(std::string_view text) {
  const auto micros = key_number(text, INT64_MIN, INT64_MAX);
  if (!micros)
    return micros.error();
  // As decode_cursor() decides.
  if (*micros < -210'866'803'200'000'000 && *micros > INT64_MIN + 945'979'145'224'191)
    return refused();
  return TimePoint{std::chrono::microseconds(*micros)};
}

Result<Date> key_date(std::string_view text) {
  const auto days = key_number(text, INT32_MIN, INT32_MAX);
  if (!days)
    return days.error();
  // Beyond PostgreSQL's calendar (4714 BC to 5874897) there are only the infinities.
  if ((*days < -2'440'588 && *days != INT32_MIN) || (*days > 2'145'042'905 && *days != INT32_MAX))
    return refused();
  return Date{std::chrono::days(*days)};
}

Result<Uuid> key_id(std::string_view text) {
  const auto id = Uuid::parse(text);
  if (!id)
    return refused();
  return *id;
}

}  // namespace salesflow
