// Where a page of a list ends: after its limit of rows, or of bytes.
#pragma once

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "platform/core/bounded.hpp"

namespace salesflow {

/// About what a page's answer may have; one row alone may have more.
inline constexpr std::size_t page_bytes_max = 8 << 20;
/// Rows of a page are read up to here, and one behind it: what PostgreSQL sends further is let go as it comes. Above
/// page_bytes_max by more than the lengths and numbers that text_bytes() sees as sizeof(Row).
inline constexpr std::size_t page_read_bytes_max = page_bytes_max + (1 << 20);

namespace detail {

/// Bytes of a text in JSON.
inline std::size_t escaped_bytes(std::string_view text) noexcept {
  std::size_t bytes = text.size();
  for (const char c : text)
    bytes += static_cast<unsigned char>(c) < 0x20 ? 5 : c == '"' || c == '\\' ? 1 : 0;
  return bytes;
}

template <class T>
std::size_t text_bytes(const T& value, bool escaped) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    const std::string_view text = value;
    return escaped ? escaped_bytes(text) : text.size();
  } else if constexpr (requires { value.digits; }) {
    return value.digits.size();
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, RawJsonView>) {
    return value.text.size();
  } else if constexpr (requires {
                         value.has_value();
                         *value;
                       }) {
    return value ? text_bytes(*value, escaped) : 0;
  } else if constexpr (requires { value.begin() != value.end(); }) {
    std::size_t bytes = 0;
    for (const auto& item : value)
      bytes += sizeof item + text_bytes(item, escaped);
    return bytes;
  } else if constexpr (boost::describe::has_describe_members<T>::value && !std::is_union_v<T>) {
    std::size_t bytes = 0;
    using Members =
        boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;
    boost::mp11::mp_for_each<Members>([&](auto d) { bytes += text_bytes(value.*d.pointer, escaped); });
    return bytes;
  } else {
    return 0;
  }
}

}  // namespace detail

/// Takes away what does not belong to the page: rows behind limit_rows and, but for the first one, rows with which it
/// would have more than page_bytes_max. True: there is at least one further row.
template <class Row>
bool end_page(std::vector<Row>& rows, std::int64_t limit_rows) {
  const std::size_t allowed = std::min(rows.size(), static_cast<std::size_t>(std::max<std::int64_t>(limit_rows, 0)));
  const auto fitting = [&](bool escaped) {
    std::size_t bytes = 0, count = 0;
    for (; count < allowed; ++count) {
      bytes += sizeof(Row) + detail::text_bytes(rows[count], escaped);
      if (bytes > (escaped ? page_bytes_max : page_bytes_max / 6) && count > 0)
        break;
    }
    return count;
  };
  // An escape makes at most six bytes of one, so only long pages are looked at twice.
  std::size_t kept = fitting(false);
  if (kept < allowed)
    kept = fitting(true);
  const bool more = rows.size() > kept;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end());
  return more;
}

}  // namespace salesflow
