// One timer a thread for all deadlines: arming and disarming are O(1) and touch no kernel timer.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>

#include "platform/core/request_context.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow {

/// A hashed timer wheel (Varghese and Lauck 1987) with a tick of 10 ms: callbacks come up to one tick late, never
/// early. Single-threaded. Sleeps while nothing is armed.
class CoarseTimer {
 public:
  static constexpr std::chrono::milliseconds tick{10};

  /// A deadline that can be armed; disarms itself when destroyed. Its callback runs on the timer's thread and may
  /// re-arm or destroy the entry.
  class Entry : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    explicit Entry(std::function<void()> callback) : callback_(std::move(callback)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    bool is_armed() const { return is_linked(); }
    void disarm() { unlink(); }

   private:
    friend class CoarseTimer;
    std::function<void()> callback_;
    SteadyTime deadline_{};
  };

  explicit CoarseTimer(asio::io_context& context);
  ~CoarseTimer();
  CoarseTimer(const CoarseTimer&) = delete;
  CoarseTimer& operator=(const CoarseTimer&) = delete;

  /// (Re-)arms the entry. SteadyTime::max() disarms it.
  void arm(Entry& entry, SteadyTime deadline);

 private:
  using Slot = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;
  static constexpr std::size_t slot_count = 1024;

  std::int64_t tick_of(SteadyTime at) const;
  void schedule();
  void on_tick();

  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer_;
  std::array<Slot, slot_count> slots_;
  std::int64_t last_tick_;
  bool scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace salesflow
