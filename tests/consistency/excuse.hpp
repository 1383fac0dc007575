// Excuse: when faults allow answers to be older than they usually may be.
#pragma once

#include <atomic>

#include "tests/consistency/history.hpp"

namespace salesflow::consistency {

/// Thread-safe. Faults may overlap.
class Excuse {
 public:
  /// `recovery`: how long after a fault everything has to be as before.
  explicit Excuse(Nanos recovery) : recovery_(recovery) {}

  /// Before the fault is done, and after it was undone.
  void begin(Nanos now) {
    ever_ = true;
    last_began_ = now;
    ++active_;
  }
  void end(Nanos now) {
    last_ended_ = now;
    --active_;
  }
  /// Whether a fault was at work, or only just over, at any time of a request.
  bool covers(Nanos began) const {
    return active_ > 0 || (ever_ && (last_began_ >= began || last_ended_ + recovery_ >= began));
  }

 private:
  const Nanos recovery_;
  std::atomic<int> active_{0};
  std::atomic<Nanos> last_began_{0}, last_ended_{0};
  std::atomic<bool> ever_{false};
};

}  // namespace salesflow::consistency
