// The bench "screens": every hot screen over HTTP, how long people wait at half of its peak, and what pgbench does with
// the same statements.
#pragma once

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

/// 1 M events, 200 k leads, contacts, deals, notes and conversations; a quarter of it belongs to one user. Each screen:
/// its peak rate, pgbench with the statements that it sent (read from PostgreSQL's log), and its p95 at half of that
/// peak, in turns.
void bench_screens(const BenchOptions& options, Report& report);
std::vector<std::string> screens_parts();

}  // namespace salesflow::bench
