// The bench "import": leads from CSV, by the command and over HTTP, and what killing it leaves behind.
#pragma once

#include <string>
#include <vector>

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

/// A generated file of 1 M leads (a tenth with --quick): time and memory of the command, of the server with curl; then
/// the command killed with SIGKILL at random moments and resumed, and its rows compared with the file's.
void bench_import(const BenchOptions& options, Report& report);
std::vector<std::string> import_parts();

}  // namespace salesflow::bench
