#include "platform/security/session_watch.hpp"

#include <boost/asio/redirect_error.hpp>

#include "platform/core/log.hpp"

namespace salesflow::security {
namespace {

constexpr std::chrono::seconds keys_looked_at_every{5};

}  // namespace

SessionWatchSettings SessionWatchSettings::read(ConfigReader& config) {
  using namespace std::chrono_literals;
  SessionWatchSettings settings;
  settings.poll_every = config.duration("SALESFLOW_REVOCATION_POLL", settings.poll_every, 50ms, 500ms,
                                        "How often a node asks which sessions were revoked.");
  return settings;
}

SessionWatch::SessionWatch(asio::io_context& context, RevokedSessions& revoked, TokenKeys& keys, Fetch fetch,
                           SessionWatchSettings settings, Clock now)
    : revoked_(revoked), keys_(keys), fetch_(std::move(fetch)), settings_(settings), now_(now), timer_(context) {}

Task<bool> SessionWatch::poll_once() {
  const TimePoint started_at = now_();
  if (started_at - keys_looked_at_ >= keys_looked_at_every) {
    keys_looked_at_ = started_at;
    keys_.reload_if_changed();
  }
  auto found = co_await fetch_(revoked_.poll_since(started_at));
  if (found) {
    revoked_.merge(*found, now_());
    if (failing_)
      log::info("revocations_current", {});
  } else if (!failing_) {
    log::warn("revocations_stale", {{"reason", found.error().public_detail}, {"detail", found.error().log_detail}});
  }
  failing_ = !found;
  co_return static_cast<bool>(found);
}

Task<void> SessionWatch::run() {
  while (!stopped_) {
    const auto next = std::chrono::steady_clock::now() + settings_.poll_every;
    co_await poll_once();
    if (stopped_)
      break;
    timer_.expires_at(next);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(use_task, ignored));
  }
}

void SessionWatch::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace salesflow::security
