// History: what histograms and counters saw in the last minutes, where the metrics themselves count since the start.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/telemetry/families.hpp"

namespace salesflow::telemetry {

/// Keeps a sample of a few families every so often (take), for as long as `span`. Thread-safe. Cost of a sample: some
/// 150 bytes for each member.
class History {
 public:
  History(const Registry& registry, std::vector<std::string> histograms, std::vector<std::string> counters,
          SteadyTime start = std::chrono::steady_clock::now(), std::chrono::seconds span = std::chrono::minutes(5))
      : registry_(registry),
        histogram_names_(std::move(histograms)),
        counter_names_(std::move(counters)),
        start_(start),
        span_(span) {}

  void take(SteadyTime now = std::chrono::steady_clock::now());

  struct HistogramSeries {
    std::string family;
    Labels labels;
    Histogram::Snapshot seen;
  };
  struct CounterSeries {
    std::string family;
    Labels labels;
    std::uint64_t seen = 0;
  };
  /// What was seen since the oldest sample that is kept, or since the start while there is none. Without members that
  /// saw nothing.
  struct Window {
    std::chrono::duration<double> length{0};
    std::vector<HistogramSeries> histograms;
    std::vector<CounterSeries> counters;
  };
  Window window(SteadyTime now = std::chrono::steady_clock::now()) const;

 private:
  struct Sample {
    SteadyTime at;
    std::map<const Histogram*, Histogram::Snapshot> histograms;
    std::map<const Counter*, std::uint64_t> counters;
  };

  const Registry& registry_;
  const std::vector<std::string> histogram_names_, counter_names_;
  const SteadyTime start_;
  const std::chrono::seconds span_;
  mutable std::mutex mutex_;
  std::deque<Sample> samples_;
};

}  // namespace salesflow::telemetry
