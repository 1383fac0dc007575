// Load on a contestant, with the same rule for all: 16 connections, 2 load threads, nobody pinned to a core, so that
// load generator, contestant and PostgreSQL share the machine in the same way.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "bench/rounds.hpp"

namespace salesflow::bench {

inline constexpr int load_connections = 16;
inline constexpr int load_threads = 2;

/// One kind of request of a wrk plan.
struct PlannedRequest {
  std::string method = "GET";
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// A plan file for load/requests.lua: each request `weight` times in every pass, well mixed, the same each time.
struct RequestPlan {
  std::vector<PlannedRequest> requests;
  std::vector<int> weights;  // as long as requests

  std::string to_lua() const;
};

/// Positions 0..n-1, position i `weights[i]` times, in an order that looks random and never changes.
std::vector<std::size_t> mixed_order(const std::vector<int>& weights);

/// Whose CPU time a sample holds.
struct CpuAccount {
  pid_t contestant = -1;  // -1: pgbench, which has no server of its own
  pid_t database = -1;    // the postmaster; -1 without a database
};

/// Runs wrk. `bytes_expected` is the mean size of an answer's body for this plan: an answer is never smaller than its
/// body, and heads stay below 2 KiB, so other sizes mean other answers. Throws on any error or bad status as well.
Sample run_wrk(int port, const std::filesystem::path& plan_file, std::chrono::milliseconds duration,
               double bytes_expected, const CpuAccount& account);

/// One pgbench script and how often it is chosen.
struct PgbenchScript {
  std::filesystem::path file;
  int weight = 1;
};

/// Runs `pgbench -n -M prepared` for one second more than `duration` (rounded up to seconds): the first, in which it
/// plans, is left out. CPU time a transaction holds all of it.
Sample run_pgbench(const std::string& url, const std::vector<PgbenchScript>& scripts,
                   const std::vector<std::string>& variables, std::chrono::milliseconds duration,
                   const CpuAccount& account, int clients = load_connections);

}  // namespace salesflow::bench
