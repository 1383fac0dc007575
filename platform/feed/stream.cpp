#include "platform/feed/stream.hpp"

#include <algorithm>

#include "platform/feed/lane.hpp"

namespace salesflow::feed {

Stream::Stream(Lane& lane, Listener listener, SteadyTime now)
    : lane_(lane), listener_(std::move(listener)), heartbeat_at_(now + lane.settings().heartbeat) {}

Stream::~Stream() {
  lane_.forget(*this);
}

std::int64_t Stream::place() const {
  return state_ == State::live ? std::max(place_, lane_.tail()) : place_;
}

std::string Stream::take(SteadyTime now) {
  if (state_ != State::ended && state_ != State::cut) {
    if (now >= listener_.ends_at) {
      end("renew");
    } else if (badges_waiting_ && state_ == State::live && now >= badges_at_) {
      badges_waiting_ = false;
      badges_at_ = now + lane_.settings().badges_every;
      append("badges", "{}", {});
    }
  }
  std::string taken = std::move(buffer_);
  buffer_ = {};
  lane_.count_bytes(-static_cast<std::ptrdiff_t>(taken.size()));
  if (taken.empty() && now >= heartbeat_at_ && state_ != State::ended && state_ != State::cut)
    append_heartbeat(taken, state_ == State::live ? make_id(place(), listener_.mark) : std::string());
  if (!taken.empty())
    heartbeat_at_ = now + lane_.settings().heartbeat;
  return taken;
}

SteadyTime Stream::due() const {
  SteadyTime at = std::min(heartbeat_at_, listener_.ends_at);
  if (badges_waiting_ && state_ == State::live)
    at = std::min(at, badges_at_);
  return at;
}

void Stream::end(std::string_view reason, std::chrono::milliseconds retry) {
  if (state_ == State::ended || state_ == State::cut)
    return;
  std::string data = R"({"reason":")";
  data += reason;
  data += R"(","retry_ms":)" + std::to_string(retry.count()) + "}";
  append("end", data, {});
  if (state_ != State::cut)
    state_ = State::ended;
  wake();
}

void Stream::go_live(std::int64_t place) {
  place_ = place;
  knows_place_ = true;
  state_ = State::live;
  wake();
}

void Stream::resync(std::int64_t place, std::string_view reason) {
  lane_.count_bytes(-static_cast<std::ptrdiff_t>(buffer_.size()));
  buffer_.clear();
  lane_.metrics().resyncs.add();
  badges_waiting_ = true;
  badges_at_ = {};
  append("resync", R"({"reason":")" + std::string(reason) + R"("})", make_id(place, listener_.mark));
  go_live(place);
}

void Stream::deliver(const Change& change, std::string_view data) {
  place_ = change.number;
  badges_waiting_ = badges_waiting_ || change.concerns_badges;
  append(change.is_job ? "jobs" : "changes", data, make_id(change.number, listener_.mark));
  wake();
}

void Stream::append(std::string_view event, std::string_view data, std::string_view id) {
  if (state_ == State::ended || state_ == State::cut)
    return;
  const std::size_t before = buffer_.size();
  append_event(buffer_, event, data, id);
  lane_.count_bytes(static_cast<std::ptrdiff_t>(buffer_.size() - before));
  lane_.metrics().count(event);
  if (buffer_.size() <= lane_.settings().buffer_bytes_max && !lane_.is_full())
    return;
  lane_.count_bytes(-static_cast<std::ptrdiff_t>(buffer_.size()));
  buffer_ = {};
  state_ = State::cut;
  lane_.metrics().cut.add();
}

}  // namespace salesflow::feed
