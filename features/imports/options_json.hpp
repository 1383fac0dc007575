// How a job's options stand in the database.
#pragma once

#include "features/imports/model.hpp"
#include "platform/core/result.hpp"

namespace salesflow::imports {

std::string to_text(const ImportOptions& options);
/// A list of names, as a job has its unmapped columns.
std::string to_text(const std::vector<std::string>& names);
std::vector<std::string> names_of(RawJsonView list);
/// Errors: internal, for what to_text did not write.
Result<ImportOptions> parse_options(std::string_view text);

}  // namespace salesflow::imports
