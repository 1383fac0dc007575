#include "platform/migrations/attempts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "platform/migrations/advice.hpp"
#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {

using Clock = std::chrono::steady_clock;

Result<Connected> connect(const Options& options) {
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session) {
    return session.error();
  }
  Connected connected{std::move(*session), std::nullopt};
  if (auto monitor = Session::open(options.database_url, options.connect_timeout)) {
    connected.monitor.emplace(std::move(*monitor));
  }
  return connected;
}

Result<void> run_attempts(const Attempts& attempts, const std::function<Answer(const Session::Tick&)>& body,
                          const std::function<std::string()>& place) {
  const auto& options = attempts.options;
  static thread_local std::mt19937 random{std::random_device{}()};
  const auto begin = Clock::now();
  auto pause = std::chrono::milliseconds(100);
  std::string blockers;
  const Session::Tick watch = [&] {
    if (attempts.monitor != nullptr) {
      const std::string now = describe_blockers(*attempts.monitor, attempts.session.pid());
      blockers = now.empty() ? blockers : now;
    }
  };
  for (int attempt = 1;; ++attempt) {
    Answer answer = attempts.in_transaction ? attempts.session.run("BEGIN") : Answer();
    if (answer) {
      answer = body(watch);
    }
    if (answer && attempts.in_transaction) {
      answer = attempts.session.run("COMMIT", {}, watch);
    }
    if (answer) {
      return {};
    }
    if (attempts.in_transaction) {
      attempts.session.run("ROLLBACK");
    }
    const bool lock_missed = answer.error().is("55P03") || answer.error().is("40P01");
    if (!lock_missed) {
      return explain(attempts.session, answer.error(), place());
    }
    const std::string whom = blockers.empty() ? "" : "; in the way: " + blockers;
    if (Clock::now() - begin + pause > options.lock_budget) {
      const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
      return fail(Errc::unavailable,
                  fmt::format("{}: gave up after {} attempts in {} ms to get a lock{}", place(), attempt, spent, whom));
    }
    if (attempts.tell) {
      attempts.tell(fmt::format("attempt {} got no lock within {} ms{}", attempt,
                                attempts.session.lock_wait(options.lock_timeout).count(), whom));
    }
    std::this_thread::sleep_for(pause / 2 + std::chrono::milliseconds(random() % static_cast<unsigned>(pause.count())));
    pause = std::min(pause * 2, std::chrono::milliseconds(2000));
  }
}

}  // namespace salesflow::migrations
