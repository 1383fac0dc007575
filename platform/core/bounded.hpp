// Input types that carry their bounds: JSON bodies, query strings and OpenAPI read the same declaration.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow {

/// A number in [Min, Max]; what lies outside is a 422 that names the field and the bounds.
template <class T, T Min, T Max>
struct Ranged {
  T value = Min;
  static constexpr T min = Min, max = Max;
  constexpr Ranged() = default;
  constexpr Ranged(T v) : value(v) {}  // NOLINT: converts on purpose, as a default in a described struct
  constexpr operator T() const { return value; }
};

/// Text of Min..Max characters (Unicode code points), without U+0000.
template <std::size_t Min, std::size_t Max>
struct Text {
  std::string value;
  static constexpr std::size_t min = Min, max = Max;
  Text() = default;
  Text(std::string v) : value(std::move(v)) {}  // NOLINT: converts on purpose
  operator const std::string&() const { return value; }
  const std::string& operator*() const { return value; }
};

/// JSON text that passes through untouched: jsonb columns, and body members kept byte for byte.
struct RawJson {
  std::string text;
};
/// The same as a view into a result or a body.
struct RawJsonView {
  std::string_view text;
};

/// A decimal that keeps its digits: "1234.50". On the wire a JSON string unless a route says otherwise.
struct Decimal {
  std::string digits;
};
struct DecimalView {
  std::string_view digits;
};

/// A PATCH member: absent (leave it), null (clear it), or a value.
template <class T>
struct Patch {
  bool present = false;
  std::optional<T> value;
};

/// Code points of valid UTF-8 text.
std::size_t count_code_points(std::string_view text) noexcept;
/// True when `text` is valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_valid_utf8(std::string_view text) noexcept;

}  // namespace salesflow
