// PostgreSQL's binary wire forms: network byte order, and the type OIDs of pg_type.dat (below 10,000 they never
// change).
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace salesflow::postgres {

using Oid = std::uint32_t;

namespace oid {
inline constexpr Oid unknown = 0, boolean = 16, bytea = 17, name = 19, int8 = 20, int2 = 21, int4 = 23, text = 25,
                     json = 114, float4 = 700, float8 = 701, unknown_literal = 705, bpchar = 1042, varchar = 1043,
                     date = 1082, timestamp = 1114, timestamptz = 1184, numeric = 1700, uuid = 2950, pg_lsn = 3220,
                     jsonb = 3802, xid8 = 5069;
inline constexpr Oid bool_array = 1000, bytea_array = 1001, int2_array = 1005, int4_array = 1007, text_array = 1009,
                     varchar_array = 1015, int8_array = 1016, float4_array = 1021, float8_array = 1022,
                     date_array = 1182, timestamptz_array = 1185, numeric_array = 1231, uuid_array = 2951,
                     jsonb_array = 3807;
/// Types made by CREATE TYPE begin here: enums and citext, which send their text.
inline constexpr Oid first_of_users = 16384;
}  // namespace oid

/// PostgreSQL counts time from 2000-01-01 UTC.
inline constexpr std::int64_t epoch_offset_us = 946'684'800'000'000;
inline constexpr std::int32_t epoch_offset_days = 10'957;

/// A message of the server: its kind (1 byte), its length (4 bytes, which count themselves), its body.
inline constexpr std::size_t message_head_bytes = 5;
/// The longest message, and the longest result, that is taken or sent.
inline constexpr std::size_t message_bytes_max = std::size_t{256} << 20;

/// Reads a big-endian number; `at` needs no alignment.
template <std::integral T>
T load(const char* at) noexcept {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof(T) == 2)
    value = __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4)
    value = __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8)
    value = __builtin_bswap64(value);
  return static_cast<T>(value);
}

/// Writes a big-endian number of sizeof(T) bytes.
template <std::integral T>
void store(char* at, T number) noexcept {
  auto value = static_cast<std::make_unsigned_t<T>>(number);
  if constexpr (sizeof(T) == 2)
    value = __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4)
    value = __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8)
    value = __builtin_bswap64(value);
  std::memcpy(at, &value, sizeof value);
}

}  // namespace salesflow::postgres
