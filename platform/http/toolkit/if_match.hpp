// Conditional writes: the row that a path names and the one version of it that If-Match names.
#pragma once

#include <optional>
#include <string_view>

#include "platform/http/toolkit/request.hpp"

namespace salesflow::http {

/// Empty without If-Match or with *. Errors: malformed (400) for what is no list of tags; precondition_failed when it
/// names no single version of ours, such as "v3".
Result<std::optional<std::int64_t>> expected_version(const Request& request);

/// What a write is about: the id in the path and, of a conditional one, the version that the row must have.
struct Target {
  Uuid id;
  std::optional<std::int64_t> version;
};
/// The first parameter of the path, which errors call `id_name`, and If-Match. Errors: as path_uuid, expected_version.
Result<Target> read_target(const Request& request, std::string_view id_name);

}  // namespace salesflow::http
