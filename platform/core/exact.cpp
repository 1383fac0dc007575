#include "platform/core/exact.hpp"

#include <algorithm>
#include <charconv>

namespace salesflow {
namespace {

/// The parts of a decimal number: value = digits × 10^-decimals.
struct Parts {
  bool negative = false;
  std::string digits;  // without the point
  long decimals = 0;   // may be below 0
};

bool take_digits(std::string_view& text, std::string& digits) {
  const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
  digits += text.substr(0, count);
  text.remove_prefix(count);
  return count > 0;
}

bool split(std::string_view text, Parts& parts) {
  if (text.starts_with('-') || text.starts_with('+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (!take_digits(text, parts.digits))
    return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto before = parts.digits.size();
    if (!take_digits(text, parts.digits))
      return false;
    parts.decimals = static_cast<long>(parts.digits.size() - before);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(text.size() > 1 && text[1] == '+' ? 2 : 1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error == std::errc::result_out_of_range)
      exponent = text.starts_with('-') ? -1'000'000 : 1'000'000;
    else if (error != std::errc())
      return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    parts.decimals -= exponent;
  }
  return text.empty();
}

}  // namespace

std::string read_exact(std::string_view text, std::int64_t min, std::int64_t max, int scale, std::string& digits,
                       std::int64_t& scaled) {
  constexpr std::size_t text_max = 100, scaled_digits_max = 18;
  const std::string bounds = "must be from " + std::to_string(min) + " to " + std::to_string(max);
  Parts parts;
  if (text.size() > text_max || !split(text, parts))
    return "must be a decimal number such as 1234.50";
  const auto first = std::min(parts.digits.find_first_not_of('0'), parts.digits.size());
  parts.digits.erase(0, first);
  while (parts.decimals > scale && parts.digits.ends_with('0')) {
    parts.digits.pop_back();
    --parts.decimals;
  }
  if (parts.digits.empty()) {
    parts.decimals = std::clamp<long>(parts.decimals, 0, scale);
    parts.negative = false;
  }
  if (parts.decimals > scale)
    return "must have at most " + std::to_string(scale) + " decimals";
  if (parts.decimals < 0) {
    if (parts.digits.size() - static_cast<std::size_t>(parts.decimals) > scaled_digits_max)
      return bounds;
    parts.digits.append(static_cast<std::size_t>(-parts.decimals), '0');
    parts.decimals = 0;
  }
  const auto decimals = static_cast<std::size_t>(parts.decimals);
  const std::string filled = parts.digits + std::string(static_cast<std::size_t>(scale) - decimals, '0');
  if (filled.size() > scaled_digits_max)
    return bounds;
  std::int64_t value = 0, unit = 1;
  for (int i = 0; i < scale; ++i)
    unit *= 10;
  for (const char c : filled)
    value = value * 10 + (c - '0');
  if (parts.negative)
    value = -value;
  if (value < min * unit || value > max * unit)
    return bounds;
  if (parts.digits.size() <= decimals)
    parts.digits.insert(0, decimals + 1 - parts.digits.size(), '0');
  if (decimals > 0)
    parts.digits.insert(parts.digits.size() - decimals, ".");
  digits = (parts.negative ? "-" : "") + parts.digits;
  scaled = value;
  return {};
}

}  // namespace salesflow
