// Background work of accounts: what SessionWatch asks, and throwing away what has expired.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "features/accounts/store.hpp"
#include "platform/security/session_watch.hpp"

namespace salesflow::accounts {

/// The source of a SessionWatch; the store must outlive it. Each question has a deadline of 400 ms.
security::SessionWatch::Fetch revocation_source(Store& store);

/// Deletes expired sessions, reset tokens and counters, every ten minutes, in small bites. One per process, on one
/// thread; several nodes may do it at once.
class PurgeJob {
 public:
  PurgeJob(asio::io_context& context, Store& store) : store_(store), timer_(context) {}

  /// Until nothing is left to delete; how many rows went.
  Task<Result<int>> purge_once();
  /// Rounds until stop(); spawn it once. The object must outlive it.
  Task<void> run();
  void stop();

  static constexpr std::chrono::minutes every{10};
  static constexpr int rows_max = 1000;    // a statement
  static constexpr int rounds_max = 1000;  // a run

 private:
  Store& store_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer_;
  bool stopped_ = false;
};

}  // namespace salesflow::accounts
