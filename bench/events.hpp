// The bench "events": what issue after issue must keep, measured on 1 M message events.
#pragma once

#include <string>
#include <vector>

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

/// list, buffers, plain, create, idle.
std::vector<std::string> events_parts();
/// Runs the parts in this order. Cost: about 10 minutes, quick under 50 s once its data are made.
void bench_events(const BenchOptions& options, Report& report);

}  // namespace salesflow::bench
