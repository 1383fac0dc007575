#include "platform/core/cursor.hpp"

#include <algorithm>
#include <array>

#include "platform/core/base64url.hpp"
#include "platform/core/scope_hash.hpp"

namespace salesflow {
namespace {

/// version 1, 4 bytes of scope hash, 8 bytes of microseconds, 16 bytes of id, 1 byte zero: 30 bytes = 40 characters.
constexpr std::size_t byte_count = 30, text_length = 40;
constexpr std::uint8_t version = 1;

}  // namespace

std::string encode_cursor(const Cursor& cursor, std::string_view scope) {
  std::array<std::uint8_t, byte_count> bytes{};
  bytes[0] = version;
  const std::uint32_t hash = scope_hash(scope);
  for (std::size_t i = 0; i < 4; ++i)
    bytes[1 + i] = static_cast<std::uint8_t>(hash >> (24 - 8 * i));
  const auto micros = static_cast<std::uint64_t>(cursor.at.time_since_epoch().count());
  for (std::size_t i = 0; i < 8; ++i)
    bytes[5 + i] = static_cast<std::uint8_t>(micros >> (56 - 8 * i));
  for (std::size_t i = 0; i < 16; ++i)
    bytes[13 + i] = cursor.id.bytes[i];
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<Cursor> decode_cursor(std::string_view text, std::string_view scope) {
  const auto refused = [] { return fail(Errc::malformed, "The cursor is not one of this list", "query.cursor"); };
  if (text.size() != text_length)
    return refused();
  const auto decoded = from_base64url(text);
  if (!decoded)
    return refused();
  std::array<std::uint8_t, byte_count> bytes{};
  std::copy(decoded->begin(), decoded->end(), bytes.begin());
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < 4; ++i)
    hash = hash << 8 | bytes[1 + i];
  if (bytes[0] != version || hash != scope_hash(scope) || bytes[29] != 0)
    return refused();
  std::uint64_t micros = 0;
  for (std::size_t i = 0; i < 8; ++i)
    micros = micros << 8 | bytes[5 + i];
  Cursor cursor{TimePoint(std::chrono::microseconds(static_cast<std::int64_t>(micros))), {}};
  for (std::size_t i = 0; i < 16; ++i)
    cursor.id.bytes[i] = bytes[13 + i];
  // Outside PostgreSQL's range (4714 BC to year 294276, whose last years wrap around) a forged instant would be an
  // error of the database.
  constexpr TimePoint first{std::chrono::microseconds(-210'866'803'200'000'000)};
  constexpr TimePoint last_wrapped{std::chrono::microseconds(INT64_MIN + 945'979'145'224'191)};
  if (cursor.at < first && cursor.at > last_wrapped)
    return refused();
  return cursor;
}

}  // namespace salesflow
