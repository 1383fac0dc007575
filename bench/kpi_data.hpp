// Three databases with the same rows: SalesFlow's, the product before the strategy, and with the strategy.
#pragma once

#include <cstdint>
#include <string>

#include "bench/dataset.hpp"
#include "bench/progress.hpp"

namespace salesflow::bench {

struct KpiDatabases {
  std::int64_t events = 0;
  std::string ours, before, strategy;
};

/// Makes what is missing or not of today's migrations and SQL files; all vacuumed and in memory. About three minutes
/// for 1 M events the first time. Throws std::runtime_error that says how much disk is missing before anything is made.
KpiDatabases prepare_kpi(Dataset& data, std::int64_t events, Progress& progress);

/// The files of bench/rivals/sql: "before" and so on.
std::string rival_sql(const std::string& name);

/// Reads all tables and indexes of a database into PostgreSQL's memory.
void load_into_memory(Dataset& data, const std::string& database);

/// Restarts PostgreSQL without a page of its files in memory, its own and the system's.
void make_cold(Dataset& data);

}  // namespace salesflow::bench
