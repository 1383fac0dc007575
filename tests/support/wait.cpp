#include "tests/support/wait.hpp"

#include <atomic>
#include <stdexcept>

namespace salesflow::test {
namespace {

std::atomic<std::int64_t> fake_now_us{0};
std::atomic<bool> fake_clock_exists{false};

}  // namespace

FakeClock::FakeClock(TimePoint start) {
  if (fake_clock_exists.exchange(true)) {
    throw std::logic_error("two fake clocks at once");
  }
  set(start);
}

FakeClock::~FakeClock() {
  fake_clock_exists = false;
}

TimePoint FakeClock::now() {
  return TimePoint(std::chrono::microseconds(fake_now_us.load()));
}

void FakeClock::advance(std::chrono::microseconds by) {
  fake_now_us += by.count();
}

void FakeClock::set(TimePoint to) {
  fake_now_us = to.time_since_epoch().count();
}

}  // namespace salesflow::test
