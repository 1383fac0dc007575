// What people type into short fields, without the blanks around it; bodies of every route go through here (read_body).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/core/error.hpp"
#include "platform/core/result.hpp"
#include "platform/json/traits.hpp"

namespace salesflow::http {

/// A field for a line of text: Text<0 or 1, up to this>. Longer ones are messages and notes, which keep their bytes; a
/// Text that must be longer than one character is a password.
inline constexpr std::size_t short_text_max = 2048;

namespace detail {

/// Without what is not seen around it; nothing when nothing in it is seen.
void trim_in_place(std::string& text);
Error blank_texts(std::vector<std::string> fields);

/// `path` names the value and is the same again afterwards; names of blank texts that must not be empty are collected.
template <class T>
void clean_value(T& value, std::string& path, std::vector<std::string>& blank) {
  if constexpr (json::is_text<T>) {
    if constexpr (T::min <= 1 && T::max <= short_text_max) {
      trim_in_place(value.value);
      if (T::min == 1 && value.value.empty())
        blank.push_back(path);
    }
  } else if constexpr (json::is_optional<T>) {
    if (value)
      clean_value(*value, path, blank);
  } else if constexpr (json::is_patch<T>) {
    if (value.value)
      clean_value(*value.value, path, blank);
  } else if constexpr (json::is_vector<T>) {
    const auto length = path.size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      path.append("[").append(std::to_string(i)).append("]");
      clean_value(value[i], path, blank);
      path.resize(length);
    }
  } else if constexpr (json::DescribedStruct<T>) {
    const auto length = path.size();
    boost::mp11::mp_for_each<json::members_of<T>>([&](auto d) {
      path.append(length == 0 ? "" : ".").append(json::wire_name(decltype(d)::name));
      clean_value(value.*d.pointer, path, blank);
      path.resize(length);
    });
  }
}

}  // namespace detail

/// Takes what is not seen (trim.hpp) off both ends of every short text of a body.
/// Errors: invalid_argument naming each one that must not be empty and has nothing in it that is seen.
template <class Body>
Result<void> clean_texts(Body& body) {
  std::string path;
  std::vector<std::string> blank;
  detail::clean_value(body, path, blank);
  if (!blank.empty())
    return detail::blank_texts(std::move(blank));
  return {};
}

}  // namespace salesflow::http
