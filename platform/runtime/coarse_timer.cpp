#include "platform/runtime/coarse_timer.hpp"

namespace salesflow {

CoarseTimer::CoarseTimer(asio::io_context& context)
    : timer_(context.get_executor()), last_tick_(tick_of(std::chrono::steady_clock::now())) {}

CoarseTimer::~CoarseTimer() {
  *alive_ = false;
  for (auto& slot : slots_)
    slot.clear();
}

std::int64_t CoarseTimer::tick_of(SteadyTime at) const {
  return at.time_since_epoch() / tick;
}

void CoarseTimer::arm(Entry& entry, SteadyTime deadline) {
  entry.unlink();
  if (deadline == SteadyTime::max())
    return;
  entry.deadline_ = deadline;
  // One tick later than the deadline's own: never early. What is already past goes into the next tick.
  if (!scheduled_)
    last_tick_ = std::max(last_tick_, tick_of(std::chrono::steady_clock::now()));
  const auto at = std::max(tick_of(deadline) + 1, last_tick_ + 1);
  slots_[static_cast<std::size_t>(at) % slot_count].push_back(entry);
  if (!scheduled_)
    schedule();
}

void CoarseTimer::schedule() {
  scheduled_ = true;
  timer_.expires_at(SteadyTime((last_tick_ + 1) * tick));
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (*alive && !error)
      on_tick();
  });
}

void CoarseTimer::on_tick() {
  const auto now = std::chrono::steady_clock::now();
  const auto current = tick_of(now);
  // After a long stall each slot needs one visit only.
  const auto from = std::max(last_tick_ + 1, current - static_cast<std::int64_t>(slot_count) + 1);
  last_tick_ = current;
  Slot due;
  for (auto visited = from; visited <= current; ++visited) {
    auto& slot = slots_[static_cast<std::size_t>(visited) % slot_count];
    for (auto it = slot.begin(); it != slot.end();) {
      Entry& entry = *it++;
      if (entry.deadline_ <= now) {
        entry.unlink();
        due.push_back(entry);
      }
    }
  }
  const auto alive = alive_;
  while (!due.empty()) {
    Entry& entry = due.front();
    due.pop_front();
    const auto callback = entry.callback_;  // a copy: the callback may destroy its entry
    callback();
    if (!*alive)
      return;
  }
  scheduled_ = false;
  for (const auto& slot : slots_) {
    if (!slot.empty()) {
      schedule();
      return;
    }
  }
}

}  // namespace salesflow
