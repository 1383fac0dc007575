#include "platform/postgres/wal_clock.hpp"

#include <algorithm>

namespace salesflow::postgres {

void WalClock::note(SteadyTime asked, std::uint64_t position) {
  // An answer that was overtaken by another says nothing that is not known.
  if (!samples_.empty() && (asked <= samples_.back().asked || position < samples_.back().position))
    return;
  samples_.push_back({asked, position});
  if (samples_.size() <= samples_max)
    return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (i >= samples_max / 2 || i % 2 == 0)
      samples_[kept++] = samples_[i];
  }
  samples_.resize(kept);
}

std::optional<std::uint64_t> WalClock::position_after(SteadyTime instant) const {
  const auto at = std::lower_bound(samples_.begin(), samples_.end(), instant,
                                   [](const Sample& sample, SteadyTime time) { return sample.asked < time; });
  return at == samples_.end() ? std::nullopt : std::optional(at->position);
}

std::optional<SteadyTime> WalClock::reached(std::uint64_t replayed) const {
  const auto behind =
      std::upper_bound(samples_.begin(), samples_.end(), replayed,
                       [](std::uint64_t position, const Sample& sample) { return position < sample.position; });
  return behind == samples_.begin() ? std::nullopt : std::optional(std::prev(behind)->asked);
}

}  // namespace salesflow::postgres
