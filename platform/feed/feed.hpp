// Feed: follows the feed of changes for all streams of a process, and counts the streams.
//
// There is one reader a process, on the thread of the background jobs: its login may read what everybody changed, and
// threads that serve must not have it; and what it reads is the same for all. It posts each batch to every lane, as one
// shared immutable object, so nothing is locked. What streams have missed longer ago than a lane remembers is read in
// sweeps: one at a time, from the lowest place that somebody asked for to the end, for all who wait. So a restart that
// sends back thousands of clients costs one walk over the feed, not thousands.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/feed/lane.hpp"

namespace salesflow::feed {

/// SALESFLOW_STREAM…
StreamSettings read_stream_settings(ConfigReader& config);

class Feed final : private History {
 public:
  Feed(StreamSettings settings, telemetry::Registry& registry);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Before threads run.

  /// The lane belongs to that thread and lives as long as the feed.
  Lane& add_lane(asio::io_context& context, std::unique_ptr<EndedSessions> sessions = {});
  /// Who reads, and where; both must outlive what runs on that context.
  void attach(asio::io_context& reader, Source& source);
  bool is_attached() const { return source_ != nullptr; }

  // Any thread.

  /// A place among the streams, given back when the last copy goes.
  /// Errors: rate_limited when this user has too many, unavailable when the process has.
  Result<std::shared_ptr<void>> take_seat(Uuid user_id);
  const StreamSettings& settings() const { return settings_; }

  // The reader's thread.

  /// Looks once: how many changes there were.
  Task<Result<std::size_t>> follow(RequestContext& request);
  /// Has the lanes look for sessions that have ended.
  void look_at_sessions();
  /// No sweep goes on.
  void stop() { stopped_ = true; }

  static constexpr int rows_at_once = 1'000;

 private:
  struct Post {
    asio::io_context& context;
    std::unique_ptr<Lane> lane;
  };
  class Seat;

  void ask(std::int64_t number) override;
  Task<void> sweep();
  Task<bool> sweep_once();
  template <class Tell>
  void tell_lanes(Tell tell);

  const StreamSettings settings_;
  StreamMetrics metrics_;
  std::vector<Post> lanes_;

  asio::io_context* reader_ = nullptr;
  Source* source_ = nullptr;
  std::optional<std::int64_t> place_;
  std::vector<std::int64_t> asked_;
  bool sweeping_ = false;
  bool stopped_ = false;

  struct Seats {
    std::mutex mutex;
    int all = 0;
    std::unordered_map<Uuid, int> by_user;
  };
  std::shared_ptr<Seats> seats_ = std::make_shared<Seats>();
};

}  // namespace salesflow::feed
