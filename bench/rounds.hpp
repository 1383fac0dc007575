// Rivals in turns: A, B, C, A, B, C … within one run, because machines are noisy; a ratio is the median of the rounds'.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow::bench {

class Progress;

/// What one contestant did in one round.
struct Sample {
  double per_second = 0;       // finished requests or transactions
  double cpu_us = 0;           // of the contestant itself, a request
  double database_cpu_us = 0;  // of PostgreSQL with all its backends, a request; 0 without a database
  double load_cpu_us = 0;      // of the load generator, a request
  double latency_p50_ms = 0;   // 0 where the load generator does not tell
  double latency_p95_ms = 0;   // of a paced load only
  double latency_p99_ms = 0;
  double bytes_per_request = 0;  // head and body; 0 for pgbench
  std::uint64_t requests = 0;
};

/// CPU time of all parties of one sample. On a busy machine rates suffer unevenly (a contestant of many processes gets
/// more turns than one of two threads); this sum says what would be left of a quiet one.
inline double total_cpu_us(const Sample& sample) {
  return sample.cpu_us + sample.database_cpu_us + sample.load_cpu_us;
}

/// One thing that is measured. `run` puts load on it for about this long and throws when anything went wrong: a
/// benchmark that measures errors must fail.
struct Contestant {
  std::string name;  // "salesflow", "pgbench"; unique within one contest
  std::function<Sample(std::chrono::milliseconds duration)> run;
};

struct Series {
  std::string name;
  std::vector<Sample> samples;  // one a round, in order
};

struct RoundPlan {
  int rounds = 7;
  std::chrono::milliseconds duration{5'000};  // of each contestant in each round
  std::chrono::milliseconds warm_up{1'000};   // each contestant once, before the first round; not counted
};

/// Runs all contestants in turns. Cost: (rounds × duration + warm_up) × contestants.
std::vector<Series> run_in_turns(std::string_view contest, const std::vector<Contestant>& contestants,
                                 const RoundPlan& plan, Progress& progress);

/// The middle value, the mean of the two middle ones for an even count. Throws std::invalid_argument without values.
double median(std::vector<double> values);

/// Median over the rounds of left ÷ right. Throws std::invalid_argument when the series differ in length, are empty,
/// or a divisor is not positive.
double median_ratio(const Series& left, const Series& right, double Sample::*figure);

/// The same for total_cpu_us, right ÷ left: above 1 when left costs less.
double median_cpu_advantage(const Series& left, const Series& right);

/// Median over the rounds of one figure.
double median_of(const Series& series, double Sample::*figure);

/// The series of that name. Throws std::out_of_range.
const Series& find_series(const std::vector<Series>& all, std::string_view name);

}  // namespace salesflow::bench
