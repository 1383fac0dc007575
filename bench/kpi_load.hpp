// One kind of request against one contestant: as fast as it goes, at a fixed pace, and first after a cold start.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/http_contestants.hpp"
#include "bench/paced_load.hpp"

namespace salesflow::bench {

/// Requests ready to be sent, and the order in which they are.
class KpiLoad {
 public:
  explicit KpiLoad(const HttpMix& mix);

  /// Answers a second with 4 connections that ask without a pause. Throws when an answer is no 200.
  double find_peak(int port, std::chrono::milliseconds duration) const;

  struct Paced {
    PaceSummary pace;
    double per_second = 0;                   // what was asked
    double cpu_us = 0, database_cpu_us = 0;  // a request
  };
  /// 8 connections that together ask `per_second`, evenly spread; latencies count from when a request was due. Failures
  /// are counted, not thrown: an overloaded contestant is one of the results.
  Paced run(int port, double per_second, std::chrono::milliseconds duration, const CpuAccount& account) const;

  /// Each request once, on one connection: milliseconds of each. Throws when an answer is no 200.
  std::vector<double> ask_each(int port) const;

 private:
  std::string name_;
  std::vector<std::string> requests_;
  std::vector<std::size_t> order_;
};

/// pgbench at that pace with a log: latencies from when a transaction was due. What it plans first is left out.
PaceSummary run_paced_pgbench(const std::string& url, const std::vector<PgbenchScript>& scripts,
                              const std::vector<std::string>& variables, double per_second,
                              std::chrono::milliseconds duration);

/// Milliseconds to a summary; sorts them.
PaceSummary summarize_ms(std::vector<double> ms);

/// Latencies in the text of pgbench's log (--log), of transactions begun after the first `left_out`, in milliseconds.
std::vector<double> parse_pgbench_log(std::string_view text, std::size_t left_out);

}  // namespace salesflow::bench
