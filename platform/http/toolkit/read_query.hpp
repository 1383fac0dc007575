// Query strings and forms as described structs: http::read_query<ListQuery>(request).
//
// Members: std::string, Text, Uuid, TimePoint, Date, bool, numbers, Ranged, described enums, std::optional of these,
// and std::vector of these for repeated names. Unknown names are ignored; the last one of a repeated single name
// counts.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"
#include "platform/http/toolkit/percent.hpp"
#include "platform/http/toolkit/request.hpp"
#include "platform/json/traits.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::http {

namespace detail {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Complaints about a query or form, as one error: invalid_argument, `public_detail` = "field reason" of the first.
Error pairs_error(std::vector<FieldError> errors);

template <class T>
bool read_number_text(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// Reads one value; the answer is the complaint, empty when all is well. Of a Text what is not seen around it is off.
template <class T>
std::string read_text(const std::string& text, T& out) {
  if constexpr (json::is_optional<T>) {
    return read_text(text, out.emplace());
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = text;
  } else if constexpr (json::is_text<T>) {
    const std::string_view seen = trim(text);
    const auto length = count_code_points(seen);
    if (length < T::min || length > T::max) {
      if (length == 0)
        return "must not be empty";
      return "must have " + std::to_string(T::min) + " to " + std::to_string(T::max) + " characters";
    }
    out.value = std::string(seen);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "1") {
      out = true;
    } else if (text == "false" || text == "0") {
      out = false;
    } else {
      return "must be true or false";
    }
  } else if constexpr (json::is_ranged<T>) {
    if (!read_number_text(text, out.value) || out.value < T::min || out.value > T::max) {
      return "must be a number from " + std::to_string(T::min) + " to " + std::to_string(T::max);
    }
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (!read_number_text(text, out)) {
      return std::is_integral_v<T> ? "must be a whole number" : "must be a number";
    }
    if constexpr (std::is_floating_point_v<T>) {
      if (!(out - out == 0))
        return "must be a finite number";
    }
  } else if constexpr (json::is_exact<T>) {
    return read_exact(text, out);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    const auto id = Uuid::parse(text);
    if (!id)
      return "must be a UUID";
    out = *id;
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    const auto at = parse_rfc3339(text);
    if (!at)
      return "must be an RFC 3339 timestamp such as 2026-11-23T03:24:12Z";
    out = *at;
  } else if constexpr (std::is_same_v<T, Date>) {
    const auto day = parse_date(text);
    if (!day)
      return "must be a date such as 2026-11-23";
    out = *day;
  } else {
    static_assert(json::DescribedEnum<T>, "this type cannot be read from a query string");
    const auto value = json::enum_value<T>(text);
    if (!value)
      return "must be one of " + json::enum_names<T>();
    out = *value;
  }
  return {};
}

template <class T>
inline constexpr bool is_plain_text = std::is_same_v<T, std::string> || std::is_same_v<T, std::optional<std::string>>;

/// `prefix` stands before field names in complaints; `strict`: members without optional or vector must come.
template <class T>
Result<T> read_pairs(const Pairs& pairs, std::string_view prefix, bool strict) {
  T out{};
  std::vector<FieldError> errors;
  boost::mp11::mp_for_each<json::members_of<T>>([&](auto d) {
    auto& member = out.*d.pointer;
    using Member = std::remove_reference_t<decltype(member)>;
    constexpr std::string_view name = json::wire_name(decltype(d)::name);
    const std::string* last = nullptr;
    for (const auto& [key, value] : pairs) {
      if (key != name)
        continue;
      if constexpr (json::is_vector<Member>) {
        typename Member::value_type element{};
        auto complaint = read_text(value, element);
        if (complaint.empty()) {
          member.push_back(std::move(element));
        } else {
          errors.push_back({std::string(prefix) + std::string(name), std::move(complaint)});
        }
      } else {
        last = &value;
      }
    }
    if constexpr (!json::is_vector<Member>) {
      // "?status=" is how forms say that a filter is off; for plain text an empty value is a value.
      if (last && last->empty() && json::is_optional<Member> && !is_plain_text<Member>)
        last = nullptr;
      if (last) {
        auto complaint = read_text(*last, member);
        if (!complaint.empty())
          errors.push_back({std::string(prefix) + std::string(name), std::move(complaint)});
      } else if (strict && !json::is_optional<Member>) {
        errors.push_back({std::string(prefix) + std::string(name), "is required"});
      }
    }
  });
  if (!errors.empty())
    return pairs_error(std::move(errors));
  return out;
}

}  // namespace detail

/// Reads the query string; what is absent keeps the member's initial value. Errors: malformed (400) for broken escapes,
/// invalid UTF-8 and U+0000; invalid_argument (422) naming "query.limit" and its bounds.
template <json::DescribedStruct T>
Result<T> read_query(const Request& request) {
  auto pairs = split_pairs(request.query);
  if (!pairs)
    return pairs.error();
  return detail::read_pairs<T>(*pairs, "query.", false);
}

/// Reads an application/x-www-form-urlencoded body; members that are neither optional nor vector are required.
/// Errors: as read_query, naming the field alone.
template <json::DescribedStruct T>
Result<T> read_form(const Request& request) {
  auto pairs = split_pairs(request.body);
  if (!pairs)
    return pairs.error();
  return detail::read_pairs<T>(*pairs, "", true);
}

}  // namespace salesflow::http
