// The strategy's table of targets (its section 6.2) on three databases with the same rows: before it, with it as it is
// written, and SalesFlow; beside them what PostgreSQL and nginx alone would take.
#pragma once

#include <string>
#include <vector>

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

std::vector<std::string> kpi_parts();
void bench_kpi(const BenchOptions& options, Report& report);

/// Makes build/bench/kpi.md and kpi.html of kpi.json; says why where node or its package is missing.
void write_kpi_pages(const std::string& json_file);

}  // namespace salesflow::bench
