// Names of described enums (BOOST_DESCRIBE_ENUM): one spelling in JSON, query strings and the database.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace salesflow {

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

/// Names that are C++ keywords end in '_' in C++ only: `auto_` is "auto" outside.
constexpr std::string_view wire_name(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

/// The wire name of an enum's value; "" for a value outside the enum.
template <DescribedEnum E>
constexpr std::string_view enum_name(E value) {
  std::string_view found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value)
      found = wire_name(d.name);
  });
  return found;
}

template <DescribedEnum E>
constexpr std::optional<E> enum_value(std::string_view name) {
  std::optional<E> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (wire_name(d.name) == name)
      found = d.value;
  });
  return found;
}

/// "email, whatsapp, instagram": for error texts.
template <DescribedEnum E>
std::string enum_names() {
  std::string text;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (!text.empty())
      text += ", ";
    text += wire_name(d.name);
  });
  return text;
}

}  // namespace salesflow
