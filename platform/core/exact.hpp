// Exact<Min, Max, Scale>: a decimal that keeps its digits on the way in: money and coordinates, never a double.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace salesflow {

/// A decimal in [Min, Max] with at most Scale decimals. In JSON a number or a string of one; what does not fit is a 422
/// that names the field and the bounds.
template <std::int64_t Min, std::int64_t Max, int Scale>
struct Exact {
  std::string digits = "0";  // "1234.50": as sent, without sign of plus, exponent and needless zeros in front
  std::int64_t scaled = 0;   // × 10^Scale
  static constexpr std::int64_t min = Min, max = Max;
  static constexpr int scale = Scale;
};

/// An amount of money: cents are the smallest unit, a million millions the largest amount.
using Money = Exact<0, 1'000'000'000'000, 2>;

/// Reads "12", "-0.5", "1.50", "1e3". The answer is the complaint, empty when all is well.
std::string read_exact(std::string_view text, std::int64_t min, std::int64_t max, int scale, std::string& digits,
                       std::int64_t& scaled);

template <std::int64_t Min, std::int64_t Max, int Scale>
std::string read_exact(std::string_view text, Exact<Min, Max, Scale>& out) {
  return read_exact(text, Min, Max, Scale, out.digits, out.scaled);
}

}  // namespace salesflow
