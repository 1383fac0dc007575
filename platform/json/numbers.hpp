// Numbers that PostgreSQL would write out: jsonb keeps 1e131071 as 131,072 digits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow::json {

inline constexpr std::size_t number_digits_max = 40;

/// The path ("raw_payload[0].n", "" for the text itself) of the first number of a valid JSON text that no double
/// reaches or that has more than number_digits_max digits.
std::optional<std::string> find_outsize_number(std::string_view text);

/// The most bytes that jsonb's text of a valid JSON text can have: each number written out, a space behind each comma
/// and colon. Its numbers must be none that find_outsize_number() finds.
std::size_t stored_size(std::string_view text) noexcept;

}  // namespace salesflow::json
