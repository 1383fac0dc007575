#include "platform/security/session_watch.hpp"

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

SessionWatch::SessionWatch(RevokedSessions& revoked, TokenKeys& keys, Fetch fetch, Clock now)
    : revoked_(revoked), keys_(keys), fetch_(std::move(fetch)), now_(now) {}

Task<Result<std::size_t>> SessionWatch::poll_once() {
  const TimePoint started_at = now_();
  if (started_at - keys_looked_at_ >= keys_looked_at_every) {
    keys_looked_at_ = started_at;
    keys_.reload_if_changed();
  }
  auto found = co_await fetch_(revoked_.poll_since(started_at));
  if (!found)
    co_return found.error();
  revoked_.merge(*found, now_());
  co_return found->size();
}

}  // namespace salesflow::security
