// Currencies: ISO 4217 codes and how many decimals an amount has. The SQL that says the same is in migration 0086;
// currency_examples.hpp tests both.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace salesflow {

/// What a row without a currency is in.
inline constexpr std::string_view currency_unsaid = "EUR";
/// ISO's code for what has no currency: what a found row says and nobody understands.
inline constexpr std::string_view currency_none = "XXX";

/// For what comes in: the code of ISO 4217 in upper case, `eur` and ` EUR ` are EUR; nothing for what is none.
std::optional<std::string> parse_currency(std::string_view text);
/// For what was found: nothing and white space are EUR; other three letters stay, whether ISO knows them or not; all
/// else is XXX. As salesflow.currency_code().
std::string currency_code(std::optional<std::string_view> found);
/// 0 (JPY) to 4; 2 where ISO 4217 names none. As salesflow.currency_decimals().
int currency_decimals(std::string_view code);

}  // namespace salesflow
