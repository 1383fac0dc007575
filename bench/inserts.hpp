// The bench "inserts": what indexes and triggers of message_events cost a writer, against the contract's own nine.
#pragma once

#include "bench/registry.hpp"
#include "bench/report.hpp"

namespace salesflow::bench {

/// Three copies of one database: with the contract's indexes, with ours, with ours and all triggers. Single-row inserts
/// by 4 clients and COPY, in turns; disk and WAL a row beside them.
void bench_inserts(const BenchOptions& options, Report& report);
std::vector<std::string> inserts_parts();

}  // namespace salesflow::bench
