// PostgreSQL's numeric between its binary form (base 10,000) and exact decimal digits.
#pragma once

#include <string>
#include <string_view>

namespace salesflow::postgres {

/// Appends the digits as PostgreSQL prints them ("-1234.50"): sign, at least one digit, as many decimals as the
/// display scale. False, with `out` unchanged, for NaN, ±infinity and malformed input.
bool append_numeric(std::string& out, std::string_view binary);

/// NaN, Infinity or -Infinity in their binary form.
bool is_no_number(std::string_view binary);

/// Appends the binary form of decimal text: optional sign, digits with at most one point, optional exponent within
/// ±1000; no spaces. Trailing zeros count ("1.50" has scale 2). False, with `out` unchanged, for anything else.
bool encode_numeric(std::string& out, std::string_view digits);

}  // namespace salesflow::postgres
