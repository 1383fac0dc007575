// The bench "migrate": every phase up and down, and the conversion into partitions, under traffic.
#pragma once

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

/// An adopted database (the contract's indexes, an old service that writes as `authenticated`) is migrated up, down to
/// base, up again, partitioned and reverted, while readers and writers run at 200 requests a second. Nothing may fail,
/// get lost or be doubled, and no request may wait longer than 2 s.
void bench_migrate(const BenchOptions& options, Report& report);
std::vector<std::string> migrate_parts();

}  // namespace salesflow::bench
