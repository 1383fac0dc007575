#include "bench/paced_load.hpp"

#include <algorithm>
#include <cmath>

namespace salesflow::bench {
namespace {

constexpr std::size_t failures_kept = 10;

double percentile(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

void PacedLoad::start(double per_second, Action action) {
  const auto interval = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second));
  // Clients of one pace that began together would ask together: by multiples of the golden ratio they spread evenly.
  constexpr double golden = 0.6180339887498949;
  double whole = 0;
  const double phase = std::modf(golden * static_cast<double>(clients_.size()), &whole);
  const auto first = std::chrono::duration_cast<Clock::duration>(interval * phase);
  clients_.emplace_back([this, interval, first, action = std::move(action)](const std::stop_token& stop) {
    auto due = Clock::now() + first;
    while (!stop.stop_requested()) {
      std::this_thread::sleep_until(due);
      std::string failure = action();
      const double ms = std::chrono::duration<double, std::milli>(Clock::now() - due).count();
      {
        const std::lock_guard lock(mutex_);
        entries_.push_back({due, ms, !failure.empty()});
        if (!failure.empty() && failures_.size() < failures_kept)
          failures_.push_back(std::move(failure));
      }
      due += interval;
    }
  });
}

PaceSummary PacedLoad::summarize(Clock::time_point from, Clock::time_point to) const {
  PaceSummary summary;
  std::vector<double> times;
  {
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_) {
      if (entry.due < from || entry.due >= to)
        continue;
      ++summary.requests;
      summary.failed += entry.failed ? 1 : 0;
      times.push_back(entry.ms);
    }
  }
  std::sort(times.begin(), times.end());
  summary.p50_ms = percentile(times, 0.50);
  summary.p95_ms = percentile(times, 0.95);
  summary.p99_ms = percentile(times, 0.99);
  summary.longest_ms = percentile(times, 1);
  return summary;
}

std::vector<std::string> PacedLoad::describe_failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace salesflow::bench
