// SessionWatch: keeps RevokedSessions and TokenKeys current, a poll at a time.
#pragma once

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

/// One per process, on one thread. While its polls fail the last known revocations stay in force, and
/// RevokedSessions::polled_at tells the age.
class SessionWatch {
 public:
  /// Asks the database for the sessions revoked since an instant; must answer within its own deadline.
  using Fetch = std::function<Task<Result<std::vector<RevokedSession>>>(TimePoint since)>;

  SessionWatch(RevokedSessions& revoked, TokenKeys& keys, Fetch fetch, Clock now = system_now);

  /// One round: a poll, and every few seconds a look at the key file. How many revocations the answer held: each is
  /// told several times.
  Task<Result<std::size_t>> poll_once();

 private:
  RevokedSessions& revoked_;
  TokenKeys& keys_;
  Fetch fetch_;
  Clock now_;
  TimePoint keys_looked_at_{};
};

}  // namespace salesflow::security
