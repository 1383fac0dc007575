#include "platform/security/revoked_sessions.hpp"

#include <algorithm>

namespace salesflow::security {

RevokedSessions::RevokedSessions(std::chrono::seconds keep)
    : keep_(keep + overlap + clock_margin), current_(std::make_shared<const Set>()) {}

void RevokedSessions::revoke(Uuid session_id, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (until_.emplace(session_id, now + keep_).second)
    publish();
}

TimePoint RevokedSessions::poll_since(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (now - whole_asked_at_ >= whole_every) {
    whole_asked_at_ = now;
    return now - keep_;
  }
  return std::max(newest_ - overlap, now - keep_);
}

void RevokedSessions::merge(const std::vector<RevokedSession>& found, TimePoint now) {
  const std::lock_guard lock(mutex_);
  polled_at_ = now;
  bool changed = false;
  for (const RevokedSession& session : found) {
    newest_ = std::max(newest_, session.revoked_at);
    changed |= until_.emplace(session.session_id, now + keep_).second;
  }
  const auto dropped = boost::unordered::erase_if(until_, [&](const auto& entry) { return entry.second <= now; });
  if (changed || dropped > 0)
    publish();
}

TimePoint RevokedSessions::polled_at() const {
  const std::lock_guard lock(mutex_);
  return polled_at_;
}

void RevokedSessions::publish() {
  auto next = std::make_shared<Set>();
  next->reserve(until_.size());
  for (const auto& entry : until_)
    next->insert(entry.first);
  current_.publish(std::move(next));
}

}  // namespace salesflow::security
