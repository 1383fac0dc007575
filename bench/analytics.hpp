// The bench "analytics": dashboards, templates, badges, hot leads and whole screens over HTTP, and what they cost
// writers.
#pragma once

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

std::vector<std::string> analytics_parts();
void bench_analytics(const BenchOptions& options, Report& report);

}  // namespace salesflow::bench
