#include "platform/feed/lane.hpp"

#include <algorithm>

namespace salesflow::feed {
namespace {

telemetry::Counter& events(telemetry::Registry& registry, const char* event) {
  return registry.counter("salesflow_stream_events_total", "Events that were put into live streams",
                          {{"event", event}});
}

void remove(std::unordered_map<Uuid, std::vector<Stream*>>& from, Uuid key, Stream* stream) {
  const auto found = from.find(key);
  if (found == from.end())
    return;
  auto& list = found->second;
  list.erase(std::remove(list.begin(), list.end(), stream), list.end());
  if (list.empty())
    from.erase(found);
}

}  // namespace

StreamMetrics::StreamMetrics(telemetry::Registry& registry)
    : open(registry.gauge("salesflow_streams_open", "Live streams that are open")),
      changes(events(registry, "changes")),
      jobs(events(registry, "jobs")),
      badges(events(registry, "badges")),
      others(events(registry, "other")),
      cut(registry.counter("salesflow_streams_cut_total", "Live streams ended because their clients did not read")),
      resyncs(registry.counter("salesflow_stream_resyncs_total", "Times a stream could not go on where it was")) {}

void StreamMetrics::count(std::string_view event) {
  (event == "changes" ? changes : event == "jobs" ? jobs : event == "badges" ? badges : others).add();
}

Lane::Lane(const StreamSettings& settings, StreamMetrics& metrics, History& history,
           std::unique_ptr<EndedSessions> sessions)
    : settings_(settings),
      metrics_(metrics),
      history_(history),
      sessions_(std::move(sessions)),
      share_(settings.buffers_bytes_max) {}

std::shared_ptr<Stream> Lane::open(Listener listener, Start begin, SteadyTime now) {
  auto stream = std::make_shared<Stream>(*this, std::move(listener), now);
  streams_.push_back(*stream);
  ++count_;
  metrics_.open.add(1);
  by_user_[stream->listener_.user_id].push_back(stream.get());
  if (!stream->listener_.org_id.is_nil())
    by_org_[stream->listener_.org_id].push_back(stream.get());
  start(*stream, begin);
  if (sessions_ && sessions_->contains(stream->listener_.session_id))
    stream->end("session_ended");
  return stream;
}

void Lane::forget(Stream& stream) {
  remove(by_user_, stream.listener_.user_id, &stream);
  remove(by_org_, stream.listener_.org_id, &stream);
  count_bytes(-static_cast<std::ptrdiff_t>(stream.buffer_.size()));
  --count_;
  metrics_.open.add(-1);
}

void Lane::start(Stream& stream, Start begin) {
  switch (begin.kind) {
    case Start::Kind::now:
      break;
    case Start::Kind::garbage:
      stream.refused_ = "unreadable_id";
      break;
    case Start::Kind::foreign:
      stream.refused_ = "foreign_id";
      break;
    case Start::Kind::place:
      stream.place_ = begin.number;
      stream.state_ = Stream::State::behind;
      if (replay_remembered(stream))
        return;
      if (begin.number > 0)
        return history_.ask(begin.number);
      stream.state_ = Stream::State::starting;  // 0: a feed that was empty; what came first may be gone
      stream.refused_ = "unknown_id";
      break;
  }
  if (tail_)
    begin_now(stream);
}

/// For one that is starting: from the feed's end on.
void Lane::begin_now(Stream& stream) {
  if (!stream.refused_.empty())
    return stream.resync(*tail_, stream.refused_);
  stream.append("ready", R"({"resumed":false})", make_id(*tail_, stream.listener_.mark));
  stream.go_live(*tail_);
}

void Lane::on_end_found(std::int64_t place) {
  const bool lost = tail_.has_value();
  tail_ = place;
  if (lost) {
    remembered_.clear();
    remembered_changes_ = 0;
  }
  for (Stream& stream : streams_) {
    if (stream.state_ == Stream::State::starting) {
      begin_now(stream);
    } else if (lost && (stream.state_ == Stream::State::live || stream.state_ == Stream::State::behind)) {
      stream.resync(place, "feed_lost");
    }
  }
}

/// Whether the lane remembers all from the stream's place on; the stream is live then, or has to begin anew.
bool Lane::replay_remembered(Stream& stream) {
  if (!tail_ || stream.place_ > *tail_)
    return false;
  const bool is_at_tail = stream.place_ == *tail_;
  if (!is_at_tail && (remembered_.empty() || stream.place_ < remembered_.front()->from))
    return false;
  if (is_at_tail) {
    stream.append("ready", R"({"resumed":true})", make_id(stream.place_, stream.listener_.mark));
    stream.go_live(stream.place_);
    return true;
  }
  for (const auto& batch : remembered_)
    replay(stream, *batch);
  return true;
}

/// One batch for a stream that is behind: nothing when its place is not within.
void Lane::replay(Stream& stream, const Batch& batch) {
  if (stream.state_ != Stream::State::behind || stream.place_ < batch.from || stream.place_ > batch.place)
    return;
  if (!stream.knows_place_) {
    if (!batch.knows(stream.place_))
      return stream.resync(std::max(tail(), batch.place), "unknown_id");
    stream.knows_place_ = true;
    stream.append("ready", R"({"resumed":true})", make_id(stream.place_, stream.listener_.mark));
  }
  for (const Change& change : batch.changes) {
    if (change.number <= stream.place_ || !may_know(stream, change.audience))
      continue;
    if (stream.buffer_.size() + 4'096 > settings_.buffer_bytes_max)  // a client that begins anew is better off
      return stream.resync(std::max(tail(), batch.place), "too_many");
    stream.deliver(change, change_data(change));
  }
  if (stream.state_ != Stream::State::behind)
    return;
  stream.place_ = batch.place;
  if (tail_ && batch.place >= *tail_)
    stream.go_live(batch.place);
}

bool Lane::may_know(const Stream& stream, const Audience& audience) {
  const Listener& listener = stream.listener_;
  return audience.is_everybody || (!audience.user_id.is_nil() && audience.user_id == listener.user_id) ||
         (!audience.org_id.is_nil() && audience.org_id == listener.org_id);
}

void Lane::on_changes(std::shared_ptr<const Batch> batch) {
  if (!tail_ || batch->place <= *tail_)
    return;
  for (const Change& change : batch->changes)
    tell_all(change);
  tail_ = batch->place;
  remembered_changes_ += batch->changes.size();
  remembered_.push_back(std::move(batch));
  while (remembered_changes_ > remembered_max) {
    remembered_changes_ -= remembered_.front()->changes.size();
    remembered_.pop_front();
  }
}

void Lane::tell_all(const Change& change) {
  std::string data;  // made once, and only if somebody listens
  const auto tell = [&](Stream& stream) {
    if (stream.state_ != Stream::State::live || change.number <= stream.place_)
      return;
    if (data.empty())
      data = change_data(change);
    stream.deliver(change, data);
  };
  const Audience& audience = change.audience;
  if (audience.is_everybody) {
    for (Stream& stream : streams_)
      tell(stream);
    return;
  }
  if (!audience.user_id.is_nil()) {
    if (const auto found = by_user_.find(audience.user_id); found != by_user_.end()) {
      for (Stream* stream : found->second)
        tell(*stream);
    }
  }
  if (!audience.org_id.is_nil()) {
    if (const auto found = by_org_.find(audience.org_id); found != by_org_.end()) {
      for (Stream* stream : found->second)
        tell(*stream);  // whoever was told as its user is past this change
    }
  }
}

void Lane::on_history(const Batch& batch) {
  for (Stream& stream : streams_)
    replay(stream, batch);
}

void Lane::on_unknown(std::int64_t number) {
  for (Stream& stream : streams_) {
    if (stream.state_ == Stream::State::behind && stream.place_ == number)
      stream.resync(tail(), "unknown_id");
  }
}

void Lane::look_at_sessions() {
  if (!sessions_ || !sessions_->has_changed())
    return;
  for (Stream& stream : streams_) {
    if (!stream.listener_.session_id.is_nil() && sessions_->contains(stream.listener_.session_id))
      stream.end("session_ended");
  }
}

}  // namespace salesflow::feed
