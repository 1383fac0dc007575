// Params: the arguments of a statement in PostgreSQL's binary form, in one buffer that the caller's coroutine owns.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/query.hpp"
#include "platform/core/time.hpp"
#include "platform/postgres/wire.hpp"

namespace salesflow::postgres {

/// Bytes of a bytea argument (a view: copied by add).
struct BytesView {
  std::span<const std::byte> bytes;
};

/// Owns copies of all it was given: views may die after add(). Cost: no allocation up to 192 bytes and 12 arguments.
class Params {
 public:
  /// Appends one argument: bool, ints, float, double, text, Uuid, TimePoint (±infinity), Date, Decimal, RawJson,
  /// BytesView, described enums (as text), Ranged, Text, std::optional and nullptr (NULL), vectors and spans of
  /// those (one-dimensional arrays).
  template <class T>
  void add(const T& value);

  /// Picks the arguments that `query` uses, in its order, and fits them to its types: integers are widened or narrowed,
  /// text becomes json or jsonb. Throws std::logic_error naming query and argument when the count is not the header's,
  /// a type does not fit or a number is out of the narrower type's range: a bug of the caller, found by its first test.
  Params select(const Query& query) &&;

  std::size_t size() const { return items_.size(); }
  /// The argument's bytes as PostgreSQL takes them; nullptr for NULL.
  const char* value(std::size_t index) const {
    return items_[index].length < 0 ? nullptr : bytes_.data() + items_[index].offset;
  }
  int length(std::size_t index) const { return items_[index].length < 0 ? 0 : items_[index].length; }
  Oid type(std::size_t index) const { return items_[index].type; }

 private:
  struct Item {
    Oid type;  // 0: NULL, fits any
    std::uint32_t offset;
    std::int32_t length;  // -1: NULL
  };

  void add_null() { items_.push_back({oid::unknown, 0, -1}); }
  void add_bytes(Oid type, std::string_view bytes);
  void add_decimal(std::string_view digits);
  void add_jsonb(std::string_view text);
  template <class Number>
  void add_number(Oid type, Number number) {
    char bytes[sizeof(Number)];
    store(bytes, number);
    add_bytes(type, {bytes, sizeof bytes});
  }
  template <class T>
  void add_array(std::span<const T> values);
  void finish_array(std::size_t first, Oid fallback_type);
  /// Fits one item to the type the statement wants; false when it does not.
  bool coerce(Item& item, Oid wanted);

  boost::container::small_vector<char, 192> bytes_;
  boost::container::small_vector<Item, 12> items_;
};

namespace detail {

template <class T>
struct IsRanged : std::false_type {};
template <class T, T Min, T Max>
struct IsRanged<Ranged<T, Min, Max>> : std::true_type {};
template <class T>
struct IsText : std::false_type {};
template <std::size_t Min, std::size_t Max>
struct IsText<Text<Min, Max>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
inline constexpr bool always_false = false;

/// The type an empty or all-NULL array is sent as.
template <class T>
constexpr Oid element_type() {
  if constexpr (std::is_same_v<T, bool>)
    return oid::boolean;
  else if constexpr (std::is_floating_point_v<T>)
    return sizeof(T) == 4 ? oid::float4 : oid::float8;
  else if constexpr (std::is_integral_v<T>)
    return sizeof(T) == 2 ? oid::int2 : sizeof(T) == 4 ? oid::int4 : oid::int8;
  else if constexpr (std::is_same_v<T, Uuid>)
    return oid::uuid;
  else if constexpr (std::is_same_v<T, TimePoint>)
    return oid::timestamptz;
  else if constexpr (std::is_same_v<T, Date>)
    return oid::date;
  else if constexpr (std::is_same_v<T, Decimal> || std::is_same_v<T, DecimalView>)
    return oid::numeric;
  else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, RawJsonView>)
    return oid::jsonb;
  else if constexpr (std::is_same_v<T, BytesView>)
    return oid::bytea;
  else if constexpr (IsOptional<T>::value)
    return element_type<typename T::value_type>();
  else
    return oid::text;
}

}  // namespace detail

template <class T>
void Params::add(const T& value) {
  if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::nullopt_t>) {
    add_null();
  } else if constexpr (detail::IsOptional<T>::value) {
    if (value) {
      add(*value);
    } else {
      add_null();
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    add_bytes(oid::boolean, {value ? "\1" : "\0", 1});
  } else if constexpr (detail::IsRanged<T>::value) {
    add(value.value);
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(std::is_signed_v<T> || sizeof(T) < 8, "PostgreSQL has no unsigned 64-bit integer");
    if constexpr (sizeof(T) == 2 && std::is_signed_v<T>) {
      add_number(oid::int2, value);
    } else if constexpr (sizeof(T) < 4 || (sizeof(T) == 4 && std::is_signed_v<T>)) {
      add_number(oid::int4, static_cast<std::int32_t>(value));
    } else {
      add_number(oid::int8, static_cast<std::int64_t>(value));
    }
  } else if constexpr (std::is_same_v<T, float>) {
    add_number(oid::float4, std::bit_cast<std::int32_t>(value));
  } else if constexpr (std::is_same_v<T, double>) {
    add_number(oid::float8, std::bit_cast<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, Uuid>) {
    add_bytes(oid::uuid, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    const auto us = value.time_since_epoch().count();
    const bool infinite = value == time_infinity || value == time_minus_infinity;
    // As the codec of results wraps PostgreSQL's last years around, so they go back.
    const auto theirs = static_cast<std::int64_t>(static_cast<std::uint64_t>(us) - std::uint64_t{epoch_offset_us});
    add_number(oid::timestamptz, std::int64_t{infinite ? us : theirs});
  } else if constexpr (std::is_same_v<T, Date>) {
    const std::int64_t days = value.time_since_epoch().count();
    const bool infinite = days == INT32_MAX || days == INT32_MIN;
    add_number(oid::date, static_cast<std::int32_t>(infinite ? days : days - epoch_offset_days));
  } else if constexpr (std::is_same_v<T, Decimal> || std::is_same_v<T, DecimalView>) {
    add_decimal(value.digits);
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, RawJsonView>) {
    add_jsonb(value.text);
  } else if constexpr (std::is_same_v<T, BytesView>) {
    add_bytes(oid::bytea, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  } else if constexpr (std::is_enum_v<T>) {
    add_bytes(oid::text, enum_name(value));
  } else if constexpr (detail::IsText<T>::value) {
    add_bytes(oid::text, value.value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    add_bytes(oid::text, value);
  } else if constexpr (requires { std::span(value); }) {
    add_array(std::span<const typename decltype(std::span(value))::value_type>(value));
  } else {
    static_assert(detail::always_false<T>, "this type cannot be an argument");
  }
}

template <class T>
void Params::add_array(std::span<const T> values) {
  const auto first = items_.size();
  for (const T& value : values)
    add(value);
  finish_array(first, detail::element_type<T>());
}

}  // namespace salesflow::postgres
