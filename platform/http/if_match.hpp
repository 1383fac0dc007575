// Conditional writes: the one row version that If-Match names.
#pragma once

#include <optional>

#include "platform/http/request.hpp"

namespace salesflow::http {

/// Empty without If-Match or with *. Errors: malformed (400) for what is no list of tags; precondition_failed when it
/// names no single version of ours, such as "v3".
Result<std::optional<std::int64_t>> expected_version(const Request& request);

}  // namespace salesflow::http
