#include "platform/http/toolkit/if_match.hpp"

#include "platform/http/toolkit/etag.hpp"

namespace salesflow::http {

Result<std::optional<std::int64_t>> expected_version(const Request& request) {
  auto condition = read_if_match(request);
  if (!condition)
    return condition.error();
  if (!condition->present || condition->any)
    return std::optional<std::int64_t>();
  if (condition->versions.size() != 1)
    return fail(Errc::precondition_failed, "If-Match must name one version of this row, such as \"v3\"", "If-Match");
  return std::optional(condition->versions.front());
}

Result<Target> read_target(const Request& request, std::string_view id_name) {
  const auto id = request.path_uuid(0, id_name);
  if (!id)
    return id.error();
  const auto version = expected_version(request);
  if (!version)
    return version.error();
  return Target{*id, *version};
}

}  // namespace salesflow::http
