#include "platform/telemetry/history.hpp"

namespace salesflow::telemetry {

void History::take(SteadyTime now) {
  Sample sample;
  sample.at = now;
  for (const auto& name : histogram_names_) {
    for (const auto& [labels, histogram] : histograms_of(registry_, name))
      sample.histograms[histogram] = histogram->snapshot();
  }
  for (const auto& name : counter_names_) {
    for (const auto& [labels, counter] : counters_of(registry_, name))
      sample.counters[counter] = counter->value();
  }
  const std::lock_guard lock(mutex_);
  samples_.push_back(std::move(sample));
  // One that is just older stays, so that the window is as long as it should be.
  while (samples_.size() > 1 && samples_[1].at <= now - span_)
    samples_.pop_front();
}

History::Window History::window(SteadyTime now) const {
  Sample before;
  before.at = start_;
  {
    const std::lock_guard lock(mutex_);
    if (!samples_.empty())
      before = samples_.front();
  }
  Window window;
  window.length = now - before.at;
  for (const auto& name : histogram_names_) {
    for (const auto& [labels, histogram] : histograms_of(registry_, name)) {
      Histogram::Snapshot seen = histogram->snapshot();
      if (const auto known = before.histograms.find(histogram); known != before.histograms.end()) {
        for (std::size_t i = 0; i < seen.counts.size(); ++i)
          seen.counts[i] -= known->second.counts[i];
        seen.sum_us -= known->second.sum_us;
        seen.count -= known->second.count;
      }
      if (seen.count > 0)
        window.histograms.push_back({name, *labels, seen});
    }
  }
  for (const auto& name : counter_names_) {
    for (const auto& [labels, counter] : counters_of(registry_, name)) {
      const auto known = before.counters.find(counter);
      const std::uint64_t seen = counter->value() - (known == before.counters.end() ? 0 : known->second);
      if (seen > 0)
        window.counters.push_back({name, *labels, seen});
    }
  }
  return window;
}

}  // namespace salesflow::telemetry
