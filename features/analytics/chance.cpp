#include "features/analytics/chance.hpp"

#include <algorithm>
#include <cmath>

namespace salesflow::analytics {
namespace {

constexpr double z = 1.96;

double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

/// Sum of the probabilities of all tables with these margins that are at most as likely as the one seen.
double fisher(Share a, Share b) {
  const double tries = static_cast<double>(a.tries + b.tries), hits = static_cast<double>(a.hits + b.hits);
  const auto log_probability = [&](std::int64_t of_a) {
    const auto k = static_cast<double>(of_a);
    return log_choose(static_cast<double>(a.tries), k) + log_choose(static_cast<double>(b.tries), hits - k) -
           log_choose(tries, hits);
  };
  const std::int64_t least = std::max<std::int64_t>(0, a.hits + b.hits - b.tries);
  const std::int64_t most = std::min(a.tries, a.hits + b.hits);
  const double seen = log_probability(a.hits);
  double p = 0;
  for (std::int64_t of_a = least; of_a <= most; ++of_a) {
    const double probability = log_probability(of_a);
    if (probability <= seen + 1e-7)
      p += std::exp(probability);
  }
  return std::min(p, 1.0);
}

}  // namespace

std::optional<double> Share::value() const {
  if (tries <= 0)
    return std::nullopt;
  return static_cast<double>(hits) / static_cast<double>(tries);
}

std::optional<Bounds> wilson(Share share) {
  const auto value = share.value();
  if (!value)
    return std::nullopt;
  const auto n = static_cast<double>(share.tries);
  const double middle = *value + z * z / (2 * n);
  const double spread = z * std::sqrt(*value * (1 - *value) / n + z * z / (4 * n * n));
  const double whole = 1 + z * z / n;
  // At the ends the formula gives 0 and 1 but for rounding.
  return Bounds{share.hits == 0 ? 0 : (middle - spread) / whole,
                share.hits == share.tries ? 1 : (middle + spread) / whole};
}

std::optional<Difference> compare(Share a, Share b) {
  const auto of_a = wilson(a), of_b = wilson(b);
  if (!of_a || !of_b)
    return std::nullopt;
  const double share_a = *a.value(), share_b = *b.value();
  Difference difference;
  difference.value = share_a - share_b;
  difference.bounds.low = difference.value - std::hypot(share_a - of_a->low, of_b->high - share_b);
  difference.bounds.high = difference.value + std::hypot(of_a->high - share_a, share_b - of_b->low);
  const auto tries_a = static_cast<double>(a.tries), tries_b = static_cast<double>(b.tries);
  const double pooled = static_cast<double>(a.hits + b.hits) / (tries_a + tries_b);
  difference.is_exact = std::min(tries_a, tries_b) * std::min(pooled, 1 - pooled) < 5;
  if (difference.is_exact) {
    difference.p = fisher(a, b);
  } else {
    const double error = std::sqrt(pooled * (1 - pooled) * (1 / tries_a + 1 / tries_b));
    difference.p = std::erfc(std::abs(difference.value) / error / std::sqrt(2.0));
  }
  difference.is_sure = difference.p < 0.05;
  return difference;
}

}  // namespace salesflow::analytics
