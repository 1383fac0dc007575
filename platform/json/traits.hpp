// Which C++ types travel as JSON, shared by writing, reading and schemas.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/exact.hpp"

namespace salesflow::json {

template <class T>
concept DescribedStruct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
using salesflow::DescribedEnum;

template <class T>
using members_of =
    boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_patch = false;
template <class T>
inline constexpr bool is_patch<Patch<T>> = true;
template <class T>
inline constexpr bool is_ranged = false;
template <class T, T Min, T Max>
inline constexpr bool is_ranged<Ranged<T, Min, Max>> = true;
template <class T>
inline constexpr bool is_text = false;
template <std::size_t Min, std::size_t Max>
inline constexpr bool is_text<Text<Min, Max>> = true;

template <class T>
inline constexpr bool is_exact = false;
template <std::int64_t Min, std::int64_t Max, int Scale>
inline constexpr bool is_exact<Exact<Min, Max, Scale>> = true;

/// Types that are read from the bytes of the body, not from parsed numbers; alone, optional or in a Patch.
template <class T>
inline constexpr bool reads_bytes = std::is_same_v<T, RawJson> || is_exact<T>;
template <class T>
inline constexpr bool reads_bytes<std::optional<T>> = reads_bytes<T>;
template <class T>
inline constexpr bool reads_bytes<Patch<T>> = reads_bytes<T>;

using salesflow::enum_name;
using salesflow::enum_names;
using salesflow::enum_value;
using salesflow::wire_name;

}  // namespace salesflow::json
