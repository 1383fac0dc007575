// An import's report as a CSV file, the same over HTTP and from the command.
#pragma once

#include <string>
#include <string_view>

#include "features/imports/model.hpp"

namespace salesflow::imports {

/// New columns stand behind those that older clients know.
inline constexpr std::string_view report_header = "line,field,reason,row,kind,lead_id,changed\r\n";
std::string report_line(const ErrorRow& row);

}  // namespace salesflow::imports
