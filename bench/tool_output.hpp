// What wrk and pgbench print, as numbers. Anything unexpected is an error: a bench must not guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace salesflow::bench {

/// The line that load/requests.lua prints at the end of a wrk run.
struct WrkResult {
  std::uint64_t requests = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;  // heads and bodies
  std::uint64_t connect_errors = 0, read_errors = 0, write_errors = 0, timeouts = 0;
  std::uint64_t bad_statuses = 0;  // above 399
  double latency_p50_ms = 0, latency_p99_ms = 0;

  double per_second() const { return static_cast<double>(requests) / seconds; }
  double bytes_per_request() const { return static_cast<double>(bytes) / static_cast<double>(requests); }
};

/// Throws std::runtime_error without such a line, without requests, and with any error or bad status in it.
WrkResult parse_wrk(std::string_view output);

struct PgbenchResult {
  std::uint64_t transactions = 0;  // all, warm-up included
  double per_second = 0;           // of the seconds after the warm-up
};

/// Reads the output (stdout and stderr together) of `pgbench --progress=1`. The first `warm_up_s` progress lines are
/// left out: there each connection prepares every statement and plans it five times before its generic plan.
/// Throws std::runtime_error when a client aborted, a transaction failed, or figures are missing.
PgbenchResult parse_pgbench(std::string_view output, int warm_up_s);

}  // namespace salesflow::bench
