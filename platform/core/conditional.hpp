// Why a conditional write met no row: 404 or 412, the same words everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow {

/// `thing` is what the client asked for ("lead"), `field` its path parameter. `current_version` is the row's now, empty
/// when there is none: not_found; else precondition_failed naming If-Match.
inline Error changed_since(std::string_view thing, std::string_view field,
                           std::optional<std::int64_t> current_version) {
  if (!current_version)
    return fail(Errc::not_found, "There is no such " + std::string(thing), field);
  return fail(
      Errc::precondition_failed,
      "The " + std::string(thing) + " was changed since; it now has version " + std::to_string(*current_version),
      "If-Match");
}

}  // namespace salesflow
