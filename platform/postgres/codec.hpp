// Codec<T>: how one cell of a binary result becomes a T, and which column types it takes.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"
#include "platform/postgres/numeric.hpp"
#include "platform/postgres/result.hpp"

namespace salesflow::postgres {

/// Text that decoding had to make (digits of numerics); views of rows point into it.
using TextArena = std::deque<std::string>;

/// accepts(): checked once a column. read(): false when the bytes are not a T (wrong length, out of range, NaN);
/// it never reads past the cell.
template <class T>
struct Codec;

inline bool is_text_type(Oid type) {
  return type == oid::text || type == oid::varchar || type == oid::bpchar || type == oid::name || type == oid::json ||
         type == oid::unknown_literal || type >= oid::first_of_users;
}

template <>
struct Codec<bool> {
  static bool accepts(Oid type) { return type == oid::boolean; }
  static bool read(Cell cell, bool& out, TextArena&) {
    if (cell.length != 1)
      return false;
    out = *cell.data != 0;
    return true;
  }
};

/// An integer takes every narrower column type.
template <std::signed_integral T>
struct Codec<T> {
  static bool accepts(Oid type) {
    return type == oid::int2 || (type == oid::int4 && sizeof(T) >= 4) ||
           ((type == oid::int8 || type == oid::xid8 || type == oid::pg_lsn) && sizeof(T) == 8);
  }
  static bool read(Cell cell, T& out, TextArena&) {
    if (cell.length == sizeof(T)) {
      out = load<T>(cell.data);
      return true;
    }
    if constexpr (sizeof(T) > 4) {
      if (cell.length == 4)
        return out = load<std::int32_t>(cell.data), true;
    }
    if constexpr (sizeof(T) > 2) {
      if (cell.length == 2)
        return out = load<std::int16_t>(cell.data), true;
    }
    return false;
  }
};

template <>
struct Codec<float> {
  static bool accepts(Oid type) { return type == oid::float4; }
  static bool read(Cell cell, float& out, TextArena&) {
    if (cell.length != 4)
      return false;
    out = std::bit_cast<float>(load<std::int32_t>(cell.data));
    return true;
  }
};

template <>
struct Codec<double> {
  static bool accepts(Oid type) { return type == oid::float8 || type == oid::float4; }
  static bool read(Cell cell, double& out, TextArena&) {
    if (cell.length == 8)
      return out = std::bit_cast<double>(load<std::int64_t>(cell.data)), true;
    if (cell.length == 4)
      return out = std::bit_cast<float>(load<std::int32_t>(cell.data)), true;
    return false;
  }
};

template <>
struct Codec<Uuid> {
  static bool accepts(Oid type) { return type == oid::uuid; }
  static bool read(Cell cell, Uuid& out, TextArena&) {
    if (cell.length != 16)
      return false;
    std::memcpy(out.bytes.data(), cell.data, 16);
    return true;
  }
};

template <>
struct Codec<TimePoint> {
  /// A timestamp without time zone is UTC, as whoever wrote it meant it.
  static bool accepts(Oid type) { return type == oid::timestamptz || type == oid::timestamp; }
  static bool read(Cell cell, TimePoint& out, TextArena&) {
    if (cell.length != 8)
      return false;
    const auto us = load<std::int64_t>(cell.data);
    // ±infinity stay what they are. PostgreSQL's last 29 years are past our last instant: they wrap around to instants
    // before its first one, so that a cursor carries them back unchanged (write_rfc3339 knows them).
    const bool infinite = us == INT64_MAX || us == INT64_MIN;
    const auto ours = static_cast<std::int64_t>(static_cast<std::uint64_t>(us) + std::uint64_t{epoch_offset_us});
    out = TimePoint(std::chrono::microseconds(infinite ? us : ours));
    return true;
  }
};

template <>
struct Codec<Date> {
  static bool accepts(Oid type) { return type == oid::date; }
  static bool read(Cell cell, Date& out, TextArena&) {
    if (cell.length != 4)
      return false;
    const auto days = load<std::int32_t>(cell.data);
    const bool infinite = days == INT32_MAX || days == INT32_MIN;
    out = Date(std::chrono::days(infinite ? days : days + epoch_offset_days));
    return true;
  }
};

template <>
struct Codec<std::string_view> {
  static bool accepts(Oid type) { return is_text_type(type); }
  static bool read(Cell cell, std::string_view& out, TextArena&) {
    out = {cell.data, static_cast<std::size_t>(cell.length)};
    return true;
  }
};

template <>
struct Codec<std::string> {
  static bool accepts(Oid type) { return is_text_type(type); }
  static bool read(Cell cell, std::string& out, TextArena&) {
    out.assign(cell.data, static_cast<std::size_t>(cell.length));
    return true;
  }
};

/// bytea.
template <>
struct Codec<std::span<const std::byte>> {
  static bool accepts(Oid type) { return type == oid::bytea; }
  static bool read(Cell cell, std::span<const std::byte>& out, TextArena&) {
    out = {reinterpret_cast<const std::byte*>(cell.data), static_cast<std::size_t>(cell.length)};
    return true;
  }
};
template <>
struct Codec<std::vector<std::byte>> {
  static bool accepts(Oid type) { return type == oid::bytea; }
  static bool read(Cell cell, std::vector<std::byte>& out, TextArena&) {
    const auto* at = reinterpret_cast<const std::byte*>(cell.data);
    out.assign(at, at + cell.length);
    return true;
  }
};

/// jsonb's text (behind its version byte), or json.
template <>
struct Codec<RawJsonView> {
  static bool accepts(Oid type) { return type == oid::jsonb || type == oid::json; }
  static bool read(Cell cell, RawJsonView& out, TextArena&) {
    out.text = {cell.data, static_cast<std::size_t>(cell.length)};
    // No JSON text begins with byte 1, so the version byte tells the two types apart.
    if (!out.text.empty() && out.text[0] == '\1')
      out.text.remove_prefix(1);
    return !out.text.empty();
  }
};
template <>
struct Codec<RawJson> {
  static bool accepts(Oid type) { return Codec<RawJsonView>::accepts(type); }
  static bool read(Cell cell, RawJson& out, TextArena& arena) {
    RawJsonView view;
    if (!Codec<RawJsonView>::read(cell, view, arena))
      return false;
    out.text = view.text;
    return true;
  }
};

/// A value that JSON has no number for. It is read as a NULL is.
inline bool is_no_number(Cell cell) {
  return !cell.is_null() && is_no_number(std::string_view(cell.data, static_cast<std::size_t>(cell.length)));
}

template <>
struct Codec<Decimal> {
  static bool accepts(Oid type) { return type == oid::numeric; }
  static bool is_void(Cell cell) { return is_no_number(cell); }
  static bool read(Cell cell, Decimal& out, TextArena&) {
    out.digits.clear();
    return append_numeric(out.digits, {cell.data, static_cast<std::size_t>(cell.length)});
  }
};
template <>
struct Codec<DecimalView> {
  static bool accepts(Oid type) { return type == oid::numeric; }
  static bool is_void(Cell cell) { return is_no_number(cell); }
  static bool read(Cell cell, DecimalView& out, TextArena& arena) {
    std::string& digits = arena.emplace_back();
    if (!append_numeric(digits, {cell.data, static_cast<std::size_t>(cell.length)}))
      return false;
    out.digits = digits;
    return true;
  }
};

/// A described enum, by the names of its values.
template <class T>
requires std::is_enum_v<T>
struct Codec<T> {
  static bool accepts(Oid type) { return is_text_type(type); }
  static bool read(Cell cell, T& out, TextArena&) {
    const std::string_view text(cell.data, static_cast<std::size_t>(cell.length));
    bool found = false;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto entry) {
      if (!found && text == entry.name) {
        out = entry.value;
        found = true;
      }
    });
    return found;
  }
};

/// NULL, or what stands for none in a T.
template <class T>
bool is_absent(Cell cell) {
  if constexpr (requires { Codec<T>::is_void(cell); })
    return cell.is_null() || Codec<T>::is_void(cell);
  else
    return cell.is_null();
}

template <class T>
struct Codec<std::optional<T>> {
  static constexpr bool nullable = true;
  static bool accepts(Oid type) { return Codec<T>::accepts(type); }
  static bool read(Cell cell, std::optional<T>& out, TextArena& arena) {
    if (is_absent<T>(cell)) {
      out.reset();
      return true;
    }
    return Codec<T>::read(cell, out.emplace(), arena);
  }
};

template <class T>
concept Nullable = requires {
  Codec<T>::nullable;
};

/// The element type of an array type; 0 for what is none.
Oid element_of(Oid array_type) noexcept;

/// Arrays, those of several dimensions as one list of all their elements; absent elements are left out unless T is a
/// std::optional.
template <class T>
struct Codec<std::vector<T>> {
  static bool accepts(Oid type) {
    const Oid element = element_of(type);
    return element != oid::unknown && Codec<T>::accepts(element);
  }
  static bool read(Cell cell, std::vector<T>& out, TextArena& arena) {
    out.clear();
    if (cell.length < 12)
      return false;
    const char* at = cell.data;
    const char* const end = cell.data + cell.length;
    const auto dimensions = load<std::int32_t>(at);
    if (dimensions == 0)
      return true;
    if (dimensions < 0 || dimensions > dimensions_max || cell.length < 12 + 8 * dimensions)
      return false;
    std::int64_t count = 1;
    for (int i = 0; i < dimensions; ++i) {
      const auto length = load<std::int32_t>(at + 12 + 8 * i);
      // Each element has at least its length: a count beyond that is not believed.
      if (length < 0 || (count *= length) > (end - at) / 4)
        return false;
    }
    at += 12 + 8 * dimensions;
    out.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      if (end - at < 4)
        return false;
      const auto length = load<std::int32_t>(at);
      at += 4;
      if (length < -1 || length > end - at)
        return false;
      const Cell part{length < 0 ? nullptr : at, length};
      if (length > 0)
        at += length;
      if (!Nullable<T> && is_absent<T>(part))
        continue;
      T element{};
      if (!Codec<T>::read(part, element, arena))
        return false;
      out.push_back(std::move(element));
    }
    return at == end;
  }

 private:
  static constexpr int dimensions_max = 6;  // PostgreSQL's own limit
};

}  // namespace salesflow::postgres
