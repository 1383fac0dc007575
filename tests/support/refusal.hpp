// refusal(result): why a use case said no, in one text that tests compare.
#pragma once

#include <string>

#include "platform/core/result.hpp"

namespace salesflow::test {

/// "invalid_argument email" for an error that names a field, "not_found" for one that names none, "" for a value.
template <class T>
std::string refusal(const Result<T>& result) {
  if (result)
    return "";
  const Error& error = result.error();
  return std::string(to_string(error.code)) + (error.errors.empty() ? "" : " " + error.errors.front().field);
}

}  // namespace salesflow::test
