// script/bench cache: what kept answers save, and what keeping them costs.
#pragma once

#include <string>
#include <vector>

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

/// hits, misses, writes, mix, rival, streams.
std::vector<std::string> cache_parts();
void bench_cache(const BenchOptions& options, Report& report);

}  // namespace salesflow::bench
