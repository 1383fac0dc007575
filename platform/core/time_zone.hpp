// Names of time zones. PostgreSQL knows the zones; here is what may be asked of it.
#pragma once

#include <string_view>

#include "platform/core/error.hpp"

namespace salesflow {

/// Whether the text could be an IANA name. PostgreSQL takes more than names for a zone (offsets, rules); none of that
/// is asked for. The longest name has 32 bytes.
bool looks_like_time_zone(std::string_view zone) noexcept;

/// invalid_argument naming `field`: the name is unknown.
Error unknown_time_zone(std::string_view field = "query.tz");

}  // namespace salesflow
