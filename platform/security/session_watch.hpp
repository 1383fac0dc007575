// SessionWatch: the background loop that keeps RevokedSessions and TokenKeys current.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/runtime/task.hpp"
#include "platform/security/revoked_sessions.hpp"
#include "platform/security/token_verifier.hpp"

namespace salesflow::security {

struct SessionWatchSettings {
  std::chrono::milliseconds poll_every{400};
  static SessionWatchSettings read(ConfigReader& config);
};

/// One per process, on one thread. While its polls fail the last known revocations stay in force; it says so in the
/// log once, and RevokedSessions::polled_at tells the age.
class SessionWatch {
 public:
  /// Asks the database for the sessions revoked since an instant; must answer within its own deadline.
  using Fetch = std::function<Task<Result<std::vector<RevokedSession>>>(TimePoint since)>;

  SessionWatch(asio::io_context& context, RevokedSessions& revoked, TokenKeys& keys, Fetch fetch,
               SessionWatchSettings settings, Clock now = system_now);

  /// One round: a poll, and every few seconds a look at the key file. True when the poll succeeded.
  Task<bool> poll_once();
  /// Rounds until stop(); spawn it once. The object must outlive it.
  Task<void> run();
  /// Lets run() end: at once while it waits, else after the poll in flight.
  void stop();

 private:
  RevokedSessions& revoked_;
  TokenKeys& keys_;
  Fetch fetch_;
  SessionWatchSettings settings_;
  Clock now_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer_;
  TimePoint keys_looked_at_{};
  bool failing_ = false;
  bool stopped_ = false;
};

}  // namespace salesflow::security
