// Chance: how sure a share of few is, and whether two shares differ by more than chance.
#pragma once

#include <cstdint>
#include <optional>

namespace salesflow::analytics {

/// `hits` of `tries`; 0 <= hits <= tries.
struct Share {
  std::int64_t hits = 0, tries = 0;

  /// Empty without tries.
  std::optional<double> value() const;
};

struct Bounds {
  double low = 0, high = 0;
};

/// Wilson's 95 % interval of the share, within [0, 1]. Empty without tries.
std::optional<Bounds> wilson(Share share);

struct Difference {
  double value = 0;       // a's share minus b's
  Bounds bounds;          // Newcombe's 95 % interval, made of two of Wilson's
  double p = 1;           // how likely chance alone gives so much or more, two-sided
  bool is_exact = false;  // p is of Fisher's exact test, as the counts are small; else of the two-proportion z test
  bool is_sure = false;   // p < 0.05: more than chance
};

/// Empty while one of them has no tries. Fisher's test where fewer than 5 hits or misses are expected on a side.
std::optional<Difference> compare(Share a, Share b);

}  // namespace salesflow::analytics
