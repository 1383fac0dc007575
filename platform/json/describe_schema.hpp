// How json::schema<T>() is made from a described struct. Runs once at start, so it is not tuned.
#pragma once

#include <boost/core/demangle.hpp>
#include <typeinfo>

#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"
#include "platform/json/schema.hpp"
#include "platform/json/traits.hpp"

namespace salesflow::json {

template <class T>
std::string schema_text();

namespace detail {

/// "EventRow" of "salesflow::events::EventRow".
template <class T>
std::string short_name() {
  std::string name = boost::core::demangle(typeid(T).name());
  const auto colon = name.rfind("::");
  return colon == std::string::npos ? name : name.substr(colon + 2);
}

/// {"type":"string"} → {"type":["string","null"]}; anything else goes through anyOf.
inline std::string nullable(const std::string& schema) {
  const std::string start = R"({"type":")";
  if (schema.starts_with(start) && schema.find("\"enum\"") == std::string::npos) {
    const auto end = schema.find('"', start.size());
    return R"({"type":[")" + schema.substr(start.size(), end - start.size()) + R"(","null"])" + schema.substr(end + 1);
  }
  return R"({"anyOf":[)" + schema + R"(,{"type":"null"}]})";
}

template <class T>
std::string struct_schema() {
  std::string properties, required;
  boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
    using Member = std::remove_reference_t<decltype(std::declval<T&>().*d.pointer)>;
    const std::string name(wire_name(d.name));
    if (!properties.empty())
      properties += ',';
    properties += '"' + name + "\":" + schema_text<Member>();
    if constexpr (!is_optional<Member> && !is_patch<Member> && !is_vector<Member>) {
      required += (required.empty() ? "\"" : ",\"") + name + '"';
    }
  });
  return R"({"type":"object","properties":{)" + properties + "}" +
         (required.empty() ? "" : R"(,"required":[)" + required + "]") + "}";
}

}  // namespace detail

/// The schema object of T as JSON text; nested structs stand inline.
template <class T>
std::string schema_text() {
  if constexpr (std::is_same_v<T, bool>) {
    return R"({"type":"boolean"})";
  } else if constexpr (std::is_floating_point_v<T>) {
    return R"({"type":"number"})";
  } else if constexpr (std::is_integral_v<T>) {
    return R"({"type":"integer"})";
  } else if constexpr (is_ranged<T>) {
    return R"({"type":"integer","minimum":)" + std::to_string(T::min) + R"(,"maximum":)" + std::to_string(T::max) + "}";
  } else if constexpr (is_exact<T>) {
    return R"({"type":["number","string"],"pattern":"^-?[0-9]+(\\.[0-9]{1,)" + std::to_string(T::scale) +
           R"(})?$","minimum":)" + std::to_string(T::min) + R"(,"maximum":)" + std::to_string(T::max) + "}";
  } else if constexpr (is_text<T>) {
    return R"({"type":"string","minLength":)" + std::to_string(T::min) + R"(,"maxLength":)" + std::to_string(T::max) +
           "}";
  } else if constexpr (DescribedEnum<T>) {
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto d) { names += (names.empty() ? "\"" : ",\"") + std::string(wire_name(d.name)) + '"'; });
    return R"({"type":"string","enum":[)" + names + "]}";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return R"({"type":"string"})";
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return R"({"type":"string","format":"uuid"})";
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    return R"({"type":"string","format":"date-time"})";
  } else if constexpr (std::is_same_v<T, Date>) {
    return R"({"type":"string","format":"date"})";
  } else if constexpr (std::is_same_v<T, Decimal> || std::is_same_v<T, DecimalView>) {
    return R"({"type":"string","pattern":"^-?[0-9]+(\\.[0-9]+)?$"})";
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, RawJsonView>) {
    return "{}";
  } else if constexpr (is_optional<T>) {
    const std::string inner = schema_text<typename T::value_type>();
    return inner == "{}" ? inner : detail::nullable(inner);
  } else if constexpr (is_patch<T>) {
    using Value = typename decltype(T::value)::value_type;
    return schema_text<std::optional<Value>>();
  } else if constexpr (requires(T value) {
                         value.rows;
                         value.bytes;
                       }) {
    return schema_text<decltype(T::rows)>();
  } else if constexpr (is_vector<T>) {
    return R"({"type":"array","items":)" + schema_text<typename T::value_type>() + "}";
  } else {
    static_assert(DescribedStruct<T>, "describe this struct with BOOST_DESCRIBE_STRUCT to document it");
    return detail::struct_schema<T>();
  }
}

template <class T>
Schema schema() {
  return {is_vector<T> ? std::string() : detail::short_name<T>(), schema_text<T>()};
}

}  // namespace salesflow::json
