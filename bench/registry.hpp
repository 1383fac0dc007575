// The benches and soaks by name. A new one is a function and a line in registry.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace salesflow::bench {

struct BenchOptions {
  bool quick = false;
  double scale = 1;               // times the usual number of events
  std::int64_t events = 0;        // of the bench kpi: this size alone; 0: its usual ones
  std::vector<std::string> only;  // parts; empty: all
};

struct SoakOptions {
  int seconds = 60;
};

/// Runs one bench or "all": prints its table to stdout, writes build/bench/NAME.json. True when no target was missed.
/// Throws std::runtime_error when measuring failed (then nothing is written), std::invalid_argument for unknown names.
bool run_bench(const std::string& name, const BenchOptions& options);

/// Runs one soak and prints its verdict. True when it is good. Throws like run_bench.
bool run_soak(const std::string& name, const SoakOptions& options);

/// Names, parts and a sentence each.
std::string describe_benches();

}  // namespace salesflow::bench
