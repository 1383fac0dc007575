// SampleRule: what a parameter is when a statement is planned by the catalogue's test and by `salesflow explain`.
#pragma once

#include <string_view>

namespace salesflow {

/// A slice's rules stand in its samples.hpp; those that many share in apps/salesflow/verbs/sample_arguments.cpp. The
/// first that fits holds, a slice's own before the shared ones, so the special ones stand in front.
struct SampleRule {
  std::string_view statement;  // its name, within the slice or in full; "" for every statement
  std::string_view variant;    // a part of the variant's name; "" for every variant
  std::string_view parameter;
  std::string_view expression;  // SQL, evaluated as the tenant; NULL becomes the nil uuid
};

namespace sample {

inline constexpr std::string_view nil = "'00000000-0000-0000-0000-000000000000'";
inline constexpr std::string_view last = "'ffffffff-ffff-ffff-ffff-ffffffffffff'";
inline constexpr std::string_view user = "current_setting('app.user_id')";
inline constexpr std::string_view organization = "current_setting('app.org_id')";

}  // namespace sample
}  // namespace salesflow
