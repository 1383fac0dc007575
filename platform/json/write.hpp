// Writing JSON: described structs and their members straight into one growing text, no tree in between.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "platform/core/ids.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/json/output.hpp"
#include "platform/json/traits.hpp"

namespace salesflow::json {

/// Appends `text` as a JSON string with quotes. The text must be valid UTF-8 (PostgreSQL's is).
/// Cost: one copy for text without quotes, backslashes and control characters.
void write_string(Output& out, std::string_view text);
void write_double(Output& out, double value);

template <class T>
void write(Output& out, const T& value);

namespace detail {

template <std::size_t N>
struct Key {
  std::array<char, N> text{};
  constexpr std::string_view view() const { return {text.data(), text.size()}; }
};

/// `"name":` with a leading comma unless it is the first member, made at compile time.
template <class D, bool First>
constexpr auto make_key() {
  constexpr std::string_view name = wire_name(D::name);
  Key<name.size() + (First ? 3 : 4)> key;
  std::size_t at = 0;
  if (!First)
    key.text[at++] = ',';
  key.text[at++] = '"';
  for (const char c : name)
    key.text[at++] = c;
  key.text[at++] = '"';
  key.text[at++] = ':';
  return key;
}
template <class D, bool First>
inline constexpr auto key = make_key<D, First>();

template <class T>
void write_members(Output& out, const T& value) {
  using Members = members_of<T>;
  using Indices = boost::mp11::mp_iota<boost::mp11::mp_size<Members>>;
  boost::mp11::mp_for_each<Indices>([&](auto index) {
    using D = boost::mp11::mp_at<Members, decltype(index)>;
    out.put(key<D, index == 0>.view());
    write(out, value.*D::pointer);
  });
}

}  // namespace detail

/// Appends `value` as JSON. TimePoints as RFC 3339 UTC, Dates as calendar days, Decimals as strings, empty optionals as
/// null, RawJson byte for byte.
template <class T>
void write(Output& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.put(value ? std::string_view("true") : std::string_view("false"));
  } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, float>) {
    write_double(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr std::size_t digits_max = 24;
    char* const at = out.room(digits_max);
    out.take(std::to_chars(at, at + digits_max, value).ptr);
  } else if constexpr (DescribedEnum<T>) {
    write_string(out, enum_name(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    write_string(out, value);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    constexpr std::size_t length = 38;
    char* const at = out.room(length);
    at[0] = at[length - 1] = '"';
    value.write_to(at + 1);
    out.take(at + length);
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    char* const at = out.room(rfc3339_length + 2);
    at[0] = at[rfc3339_length + 1] = '"';
    write_rfc3339(value, at + 1);
    out.take(at + rfc3339_length + 2);
  } else if constexpr (std::is_same_v<T, Date>) {
    write_string(out, format_date(value));
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, RawJsonView>) {
    out.put(std::string_view(value.text));
  } else if constexpr (std::is_same_v<T, Decimal> || std::is_same_v<T, DecimalView>) {
    write_string(out, value.digits);
  } else if constexpr (is_exact<T>) {
    write_string(out, value.digits);
  } else if constexpr (is_ranged<T>) {
    write(out, value.value);
  } else if constexpr (is_text<T>) {
    write_string(out, value.value);
  } else if constexpr (is_optional<T>) {
    if (value) {
      write(out, *value);
    } else {
      out.put(std::string_view("null"));
    }
  } else if constexpr (requires {
                         value.rows;
                         value.bytes;
                       }) {
    write(out, value.rows);
  } else if constexpr (is_vector<T>) {
    out.put('[');
    bool first = true;
    for (const auto& item : value) {
      if (!first)
        out.put(',');
      first = false;
      write(out, item);
    }
    out.put(']');
  } else {
    static_assert(DescribedStruct<T>, "describe this struct with BOOST_DESCRIBE_STRUCT to write it as JSON");
    out.put('{');
    detail::write_members(out, value);
    out.put('}');
  }
}

/// The JSON object of a PATCH struct's present members: {"email":null,"city":"Graz"}.
template <DescribedStruct T>
std::string present_members(const T& patch) {
  std::string text;
  Output out(text, 256);
  out.put('{');
  bool first = true;
  boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
    const auto& member = patch.*d.pointer;
    if (!member.present)
      return;
    if (!first)
      out.put(',');
    first = false;
    write_string(out, wire_name(decltype(d)::name));
    out.put(':');
    write(out, member.value);
  });
  out.put('}');
  out.finish();
  return text;
}

/// The JSON text of `value`; room for `size_hint` bytes is made at once.
template <class T>
std::string to_json(const T& value, std::size_t size_hint = 256) {
  std::string text;
  Output out(text, size_hint);
  write(out, value);
  out.finish();
  return text;
}

}  // namespace salesflow::json
