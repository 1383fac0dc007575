// Lane: the streams of one worker thread. Gives each what it may know, once and in order.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "platform/feed/stream.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::feed {

/// Metrics of all lanes.
struct StreamMetrics {
  explicit StreamMetrics(telemetry::Registry& registry);
  void count(std::string_view event);

  telemetry::Gauge& open;
  telemetry::Counter& changes;
  telemetry::Counter& jobs;
  telemetry::Counter& badges;
  telemetry::Counter& others;  // ready, resync, end
  telemetry::Counter& cut;
  telemetry::Counter& resyncs;
};

/// Which sessions have ended; one a lane, on its thread.
class EndedSessions {
 public:
  virtual ~EndedSessions() = default;
  /// Whether others may have ended since the last call.
  virtual bool has_changed() = 0;
  virtual bool contains(Uuid session_id) = 0;
};

/// Asked for what a lane does not remember: the feed behind `number`, by on_history(); if the feed does not have
/// that number, on_unknown(). Thread-safe.
class History {
 public:
  virtual ~History() = default;
  virtual void ask(std::int64_t number) = 0;
};

/// Everything on its own thread.
class Lane {
 public:
  static constexpr std::size_t remembered_max = 5'000;  // changes, for clients that come back at once

  /// `share`: the part of buffers_bytes_max that is its own. What it is given must outlive it, and it its streams.
  Lane(const StreamSettings& settings, StreamMetrics& metrics, History& history,
       std::unique_ptr<EndedSessions> sessions = {});
  void set_share(std::size_t bytes) { share_ = bytes; }

  std::shared_ptr<Stream> open(Listener listener, Start start, SteadyTime now);
  std::size_t streams() const { return count_; }

  // What the reader of the feed tells, in its order.

  /// The feed ends here; a second time: because changes were lost, so that every client has to begin anew.
  void on_end_found(std::int64_t place);
  void on_changes(std::shared_ptr<const Batch> batch);
  void on_history(const Batch& batch);
  /// The feed does not have that number: whoever stands there has to begin anew.
  void on_unknown(std::int64_t number);
  /// Ends the streams of sessions that have ended.
  void look_at_sessions();

  const StreamSettings& settings() const { return settings_; }
  StreamMetrics& metrics() { return metrics_; }
  std::int64_t tail() const { return tail_.value_or(0); }
  bool is_full() const { return buffered_bytes_ > share_; }
  void count_bytes(std::ptrdiff_t delta) { buffered_bytes_ += static_cast<std::size_t>(delta); }
  void forget(Stream& stream);

 private:
  using Streams = boost::intrusive::list<Stream, boost::intrusive::constant_time_size<false>>;
  using ByTenant = std::unordered_map<Uuid, std::vector<Stream*>>;

  void start(Stream& stream, Start start);
  void begin_now(Stream& stream);
  bool replay_remembered(Stream& stream);
  void replay(Stream& stream, const Batch& batch);
  void tell_all(const Change& change);
  static bool may_know(const Stream& stream, const Audience& audience);

  const StreamSettings& settings_;
  StreamMetrics& metrics_;
  History& history_;
  std::unique_ptr<EndedSessions> sessions_;
  std::size_t share_;
  std::size_t buffered_bytes_ = 0;
  std::size_t count_ = 0;
  std::optional<std::int64_t> tail_;  // the last change that was told; nothing before the feed's end was found
  std::deque<std::shared_ptr<const Batch>> remembered_;
  std::size_t remembered_changes_ = 0;
  Streams streams_;
  ByTenant by_user_, by_org_;
};

}  // namespace salesflow::feed
