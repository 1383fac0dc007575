// ReplyWindow: how long after a message its answer still counts.
#pragma once

#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow::analytics {

/// As delay_class of migration 0083.
enum class ReplyWindow : std::int32_t { hour = 1, day, three_days, seven_days, thirty_days };

/// "1h", "1d", "3d", "7d", "30d". Errors: invalid_argument naming query.window.
Result<ReplyWindow> parse_reply_window(std::string_view name);

}  // namespace salesflow::analytics
