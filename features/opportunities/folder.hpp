// A folder of B2B opportunities (accounts.csv, products.csv, sales_teams.csv, sales_pipeline.csv) as contacts, agents
// and deals. Nothing is guessed: what looks like another spelling is reported and stays as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/opportunities/model.hpp"
#include "platform/core/result.hpp"

namespace salesflow::opportunities {

/// Reads the four files. Errors: not_found for a missing file; invalid_argument for one that lacks a column, naming
/// both, for one that is no text (a workbook), and for a charset that is not known.
Result<Folder> read_folder(const std::string& path, const ReadOptions& options);

/// "10/20/2016" (month first); nullopt for anything else.
std::optional<Date> parse_us_date(std::string_view text);
/// Cents of "1054" or "1054.5"; nullopt for signs, exponents, three decimals and what is no number.
std::optional<std::int64_t> parse_cents(std::string_view text);
/// The entry of `known` that `value` may be a misspelling of: equal but for case, spaces and punctuation, or at most
/// two letters off in five or more.
std::string nearest_spelling(std::string_view value, const std::vector<std::string>& known);

}  // namespace salesflow::opportunities
