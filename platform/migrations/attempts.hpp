// What every schema change shares: its two connections, and transactions that ask for locks again and again.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// The connections of one run, the first one holding the lock. The second looks at the first while it waits; it may be
/// missing (connection limit): then waits go unexplained, no more.
struct Connected {
  Session session;
  std::optional<Session> monitor;
  Session* watcher() { return monitor ? &*monitor : nullptr; }
};
/// Errors: as Session::open.
Result<Connected> connect(const Options& options);

/// One transaction with a lock budget, or one statement that is its own.
struct Attempts {
  Session& session;
  Session* monitor;  // may be null
  const Options& options;
  std::function<void(std::string)> tell;  // hears of each attempt that got no lock; may be empty
  bool in_transaction = true;
};

/// Runs `body`, between BEGIN and COMMIT if `in_transaction`. A lock that does not come within options.lock_timeout
/// (55P03, 40P01) ends the attempt, so that nobody queues behind us for longer, and the next one follows after a pause
/// with jitter, until options.lock_budget is spent. `body` gets the tick to pass to its statements and returns the
/// first failure; `place` names where it stood. Errors: unavailable (budget spent, naming who was in the way), else as
/// to_error.
Result<void> run_attempts(const Attempts& attempts, const std::function<Answer(const Session::Tick&)>& body,
                          const std::function<std::string()>& place);

}  // namespace salesflow::migrations
