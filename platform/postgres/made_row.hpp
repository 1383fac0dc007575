// Which row a write was to make: ids are made in the service, so a row can be looked up when its answer was lost.
#pragma once

#include <optional>
#include <span>

#include "platform/core/ids.hpp"
#include "platform/postgres/request.hpp"

namespace salesflow::postgres {

/// The id of the first "INSERT INTO … (id, …)" among the statements whose id is an argument; none otherwise.
std::optional<Uuid> made_row(std::span<const BoundQuery> statements);

}  // namespace salesflow::postgres
