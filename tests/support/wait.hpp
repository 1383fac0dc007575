// Waiting for a condition, never for a time; and a clock that tests move by hand.
#pragma once

#include <chrono>
#include <concepts>
#include <thread>

#include "platform/core/time.hpp"

namespace salesflow::test {

/// Asks `condition` every few milliseconds until it holds; false when it never did within `deadline`.
/// The deadline is for what never comes, not for how long it may take: machines of tests are slow at times.
/// `EXPECT_TRUE(wait_until([&] { return … ; }));`
template <std::predicate Condition>
[[nodiscard]] bool wait_until(Condition condition, std::chrono::milliseconds deadline = std::chrono::minutes(1)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) {
      return condition();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A Clock (platform/core/time.hpp) that stands still until it is moved. One at a time: a Clock is a plain function.
class FakeClock {
 public:
  explicit FakeClock(TimePoint start = parse_rfc3339("2026-03-02T09:00:00Z").value());
  ~FakeClock();
  FakeClock(const FakeClock&) = delete;
  FakeClock& operator=(const FakeClock&) = delete;

  /// What to pass where a Clock is wanted.
  static TimePoint now();
  void advance(std::chrono::microseconds by);
  void set(TimePoint to);
};

}  // namespace salesflow::test
