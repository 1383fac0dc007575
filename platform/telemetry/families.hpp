// The members of a registry's families, for those who tell what was measured. Apart from metrics.hpp, which half of the
// house includes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/telemetry/metrics.hpp"

namespace salesflow::telemetry {

/// The members of a family that are there now, by label; labels and metrics stay as long as the registry. Thread-safe.
std::vector<std::pair<const Labels*, const Counter*>> counters_of(const Registry& registry, const std::string& name);
std::vector<std::pair<const Labels*, const Histogram*>> histograms_of(const Registry& registry,
                                                                      const std::string& name);

/// The value below which a share `q` (0.95) of what was observed lies, in microseconds: linear within its bucket, as
/// Prometheus' histogram_quantile does it, and the highest bound for what is above all. 0 when nothing was observed.
double quantile_us(const Histogram::Snapshot& observed, double q) noexcept;

}  // namespace salesflow::telemetry
