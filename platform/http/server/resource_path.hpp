// Where a client looks what became of a write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/core/ids.hpp"
#include "platform/http/server/router.hpp"

namespace salesflow::http {

/// The path to GET after a write to `path`: the row it was to make, else what the path names, else what that is a part
/// of (/api/deals/{id} for /api/deals/{id}/move); empty when nothing of it can be read.
std::string resource_path(const Router& router, std::string_view path, std::optional<Uuid> made);

}  // namespace salesflow::http
