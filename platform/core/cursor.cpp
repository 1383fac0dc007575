#include "platform/core/cursor.hpp"

#include <array>

namespace salesflow {
namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// version 1, 4 bytes of scope hash, 8 bytes of microseconds, 16 bytes of id, 1 byte zero: 30 bytes = 40 characters.
constexpr std::size_t byte_count = 30, text_length = 40;
constexpr std::uint8_t version = 1;

/// FNV-1a, 32 bits: tells apart honest mistakes. It is no signature; a forged cursor only moves within the
/// caller's own rows.
std::uint32_t hash_of(std::string_view scope) noexcept {
  std::uint32_t hash = 2166136261U;
  for (const char c : scope)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

int value_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '-')
    return 62;
  if (c == '_')
    return 63;
  return -1;
}

}  // namespace

std::string encode_cursor(const Cursor& cursor, std::string_view scope) {
  std::array<std::uint8_t, byte_count> bytes{};
  bytes[0] = version;
  const std::uint32_t hash = hash_of(scope);
  for (std::size_t i = 0; i < 4; ++i)
    bytes[1 + i] = static_cast<std::uint8_t>(hash >> (24 - 8 * i));
  const auto micros = static_cast<std::uint64_t>(cursor.at.time_since_epoch().count());
  for (std::size_t i = 0; i < 8; ++i)
    bytes[5 + i] = static_cast<std::uint8_t>(micros >> (56 - 8 * i));
  for (std::size_t i = 0; i < 16; ++i)
    bytes[13 + i] = cursor.id.bytes[i];
  std::string text;
  text.reserve(text_length);
  for (std::size_t i = 0; i < byte_count; i += 3) {
    const std::uint32_t group = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6)
      text += alphabet[group >> shift & 63];
  }
  return text;
}

Result<Cursor> decode_cursor(std::string_view text, std::string_view scope) {
  const auto refused = [] { return fail(Errc::malformed, "The cursor is not one of this list", "query.cursor"); };
  if (text.size() != text_length)
    return refused();
  std::array<std::uint8_t, byte_count> bytes{};
  for (std::size_t i = 0; i < byte_count; i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const int value = value_of(text[i / 3 * 4 + j]);
      if (value < 0)
        return refused();
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    for (std::size_t j = 0; j < 3; ++j)
      bytes[i + j] = static_cast<std::uint8_t>(group >> (16 - 8 * j));
  }
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < 4; ++i)
    hash = hash << 8 | bytes[1 + i];
  if (bytes[0] != version || hash != hash_of(scope) || bytes[29] != 0)
    return refused();
  std::uint64_t micros = 0;
  for (std::size_t i = 0; i < 8; ++i)
    micros = micros << 8 | bytes[5 + i];
  Cursor cursor{TimePoint(std::chrono::microseconds(static_cast<std::int64_t>(micros))), {}};
  for (std::size_t i = 0; i < 16; ++i)
    cursor.id.bytes[i] = bytes[13 + i];
  // Outside PostgreSQL's range (year 294276) a forged instant would be an error of the database.
  constexpr auto bound = std::chrono::microseconds(std::int64_t{9'000'000'000'000'000'000});
  if (cursor.at != time_infinity && cursor.at != time_minus_infinity &&
      (cursor.at.time_since_epoch() > bound ||
       cursor.at.time_since_epoch() < std::chrono::microseconds(-62'135'596'800'000'000))) {
    return refused();
  }
  return cursor;
}

}  // namespace salesflow
