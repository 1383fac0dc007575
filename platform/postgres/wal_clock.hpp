// WalClock: how far the primary's WAL was at which instant, so that a replayed position becomes an age.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "platform/core/request_context.hpp"

namespace salesflow::postgres {

/// pg_current_wal_insert_lsn() is where the next record begins. Behind a page that is just full that is past the next
/// page's header, where nothing has been written that a standby could replay: there it is the end of the full page.
constexpr std::uint64_t end_of_wal(std::uint64_t insert_lsn) noexcept {
  constexpr std::uint64_t page = 8192, header = 24, segment_min = 1 << 20, segment_header = 40;
  if (insert_lsn % page == header)
    return insert_lsn - header;
  return insert_lsn % segment_min == segment_header ? insert_lsn - segment_header : insert_lsn;
}

/// Positions of one server, in the order of time. Positions between two samples count for the earlier instant, so an
/// age is never told too small. A bounded number of samples: the older half is thinned when there are too many.
class WalClock {
 public:
  static constexpr std::size_t samples_max = 512;

  /// The flushed position, and when it was asked for; what was committed before that instant lies in front of it.
  void note(SteadyTime asked, std::uint64_t position);

  /// Whoever has replayed up to here has all that was committed before `instant`. None: nobody knows.
  std::optional<std::uint64_t> position_after(SteadyTime instant) const;
  /// Whoever has replayed up to `replayed` has all that was committed before this instant. None: nobody knows.
  std::optional<SteadyTime> reached(std::uint64_t replayed) const;

  std::uint64_t latest() const { return samples_.empty() ? 0 : samples_.back().position; }
  void clear() { samples_.clear(); }

 private:
  struct Sample {
    SteadyTime asked;
    std::uint64_t position;
  };
  std::deque<Sample> samples_;
};

}  // namespace salesflow::postgres
