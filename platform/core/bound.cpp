#include "platform/core/bound.hpp"

#include <cmath>

namespace salesflow {
namespace {

constexpr double doubt = 0.05;

/// P(at most `wrong` of `checked`) when a share of `p` is wrong; 0 < p < 1.
double at_most(std::uint64_t checked, std::uint64_t wrong, double p) {
  const double n = static_cast<double>(checked);
  double sum = 0;
  for (std::uint64_t i = 0; i <= wrong; ++i) {
    const double k = static_cast<double>(i);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) +
                    (n - k) * std::log1p(-p));
  }
  return sum;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace

double wrong_share_max(std::uint64_t checked, std::uint64_t wrong) {
  if (checked == 0 || wrong >= checked)
    return 1;
  if (wrong == 0)
    return -std::expm1(std::log(doubt) / static_cast<double>(checked));
  // More terms than this say nothing that the share itself does not.
  constexpr std::uint64_t terms_max = 10'000;
  if (wrong > terms_max)
    return static_cast<double>(wrong) / static_cast<double>(checked) * 1.02;
  double low = static_cast<double>(wrong) / static_cast<double>(checked), high = 1;
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (at_most(checked, wrong, middle) > doubt ? low : high) = middle;
  }
  return high;
}

std::string bound_in_words(std::uint64_t checked, std::uint64_t wrong) {
  if (checked == 0)
    return "nothing checked yet";
  auto one_in = static_cast<std::uint64_t>(1 / wrong_share_max(checked, wrong));
  std::uint64_t unit = 1;
  while (one_in / unit >= 100)
    unit *= 10;
  one_in -= one_in % unit;
  return grouped(wrong) + " wrong in " + grouped(checked) + ": at most 1 in " + grouped(one_in) + " at 95 %";
}

}  // namespace salesflow
