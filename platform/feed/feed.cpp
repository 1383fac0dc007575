#include "platform/feed/feed.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "platform/core/log.hpp"

namespace salesflow::feed {
namespace {

using namespace std::chrono_literals;

constexpr auto read_patience = 5s;
constexpr auto pause_after_failure = 500ms;
constexpr auto gather_for = 5ms;  // who comes back together is served together

}  // namespace

StreamSettings read_stream_settings(ConfigReader& config) {
  StreamSettings s;
  s.streams_max = static_cast<int>(config.integer("SALESFLOW_STREAMS_MAX", s.streams_max, 0, 1'000'000,
                                                  "Live streams of this process; more get 503. 0: none."));
  s.per_user_max = static_cast<int>(config.integer("SALESFLOW_STREAMS_PER_USER_MAX", s.per_user_max, 1, 10'000,
                                                   "Live streams of one user at this process; more get 429."));
  s.buffer_bytes_max = static_cast<std::size_t>(
      config.integer("SALESFLOW_STREAM_BUFFER_BYTES_MAX", static_cast<std::int64_t>(s.buffer_bytes_max), 16 << 10,
                     64 << 20, "Events that one client may leave unread; beyond it its stream is cut and resumes."));
  s.buffers_bytes_max = static_cast<std::size_t>(
      config.integer("SALESFLOW_STREAM_BUFFERS_BYTES_MAX", static_cast<std::int64_t>(s.buffers_bytes_max), 1 << 20,
                     std::int64_t{64} << 30, "The same of all clients of this process."));
  s.heartbeat = config.duration("SALESFLOW_STREAM_HEARTBEAT", s.heartbeat, 100ms, 300'000ms,
                                "How long a live stream is silent at most.");
  s.life_max = config.duration("SALESFLOW_STREAM_LIFE_MAX", s.life_max, 1'000ms, 86'400'000ms,
                               "A live stream ends after it, and its client begins another.");
  return s;
}

Feed::Feed(StreamSettings settings, telemetry::Registry& registry) : settings_(settings), metrics_(registry) {}

Lane& Feed::add_lane(asio::io_context& context, std::unique_ptr<EndedSessions> sessions) {
  History& history = *this;
  lanes_.push_back({context, std::make_unique<Lane>(settings_, metrics_, history, std::move(sessions))});
  for (Post& post : lanes_)
    post.lane->set_share(settings_.buffers_bytes_max / lanes_.size());
  return *lanes_.back().lane;
}

void Feed::attach(asio::io_context& reader, Source& source) {
  reader_ = &reader;
  source_ = &source;
}

class Feed::Seat {
 public:
  Seat(std::shared_ptr<Seats> seats, Uuid user_id) : seats_(std::move(seats)), user_id_(user_id) {}
  ~Seat() {
    const std::lock_guard lock(seats_->mutex);
    --seats_->all;
    if (const auto mine = seats_->by_user.find(user_id_); --mine->second == 0)
      seats_->by_user.erase(mine);
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  std::shared_ptr<Seats> seats_;
  Uuid user_id_;
};

Result<std::shared_ptr<void>> Feed::take_seat(Uuid user_id) {
  {
    const std::lock_guard lock(seats_->mutex);
    if (seats_->all >= settings_.streams_max) {
      Error error = make_error(Errc::unavailable, "This server has all the live streams it can serve; try again later");
      error.retry_after_s = 5;
      return error;
    }
    int& mine = seats_->by_user[user_id];
    if (mine >= settings_.per_user_max) {
      Error error = make_error(Errc::rate_limited, "You have too many live streams open; close one first");
      error.retry_after_s = 5;
      return error;
    }
    ++mine;
    ++seats_->all;
  }
  return std::shared_ptr<void>(std::make_shared<Seat>(seats_, user_id));
}

/// In the order of the calls: each lane's context runs what is posted one after the other.
template <class Tell>
void Feed::tell_lanes(Tell tell) {
  for (Post& post : lanes_)
    asio::post(post.context, [lane = post.lane.get(), tell] { tell(*lane); });
}

void Feed::look_at_sessions() {
  tell_lanes([](Lane& lane) { lane.look_at_sessions(); });
}

Task<Result<std::size_t>> Feed::follow(RequestContext& request) {
  bool lost = false;
  if (place_) {
    auto read = co_await source_->read(request, *place_, rows_at_once);
    if (!read)
      co_return read.error();
    if (!read->missed) {
      const std::size_t count = read->changes.size();
      if (count > 0) {
        place_ = read->place;
        const auto batch = std::make_shared<const Batch>(std::move(*read));
        tell_lanes([batch](Lane& lane) { lane.on_changes(batch); });
      }
      co_return std::as_const(count);
    }
    lost = true;
  }
  const auto end = co_await source_->find_end(request);
  if (!end)
    co_return end.error();
  if (lost)
    log::warn("feed_lost", {{"place", *place_}, {"end", *end}});
  place_ = *end;
  tell_lanes([place = *end](Lane& lane) { lane.on_end_found(place); });
  co_return std::size_t{0};
}

void Feed::ask(std::int64_t number) {
  asio::post(*reader_, [this, number] {
    asked_.push_back(number);
    if (sweeping_ || stopped_)
      return;
    sweeping_ = true;
    asio::co_spawn(*reader_, sweep(), asio::detached);
  });
}

Task<void> Feed::sweep() {
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(
      *reader_);
  while (!asked_.empty() && !stopped_) {
    pause.expires_after(gather_for);
    co_await pause.async_wait(use_task);
    const bool went_well = place_ && co_await sweep_once();
    if (went_well)
      continue;
    pause.expires_after(pause_after_failure / (place_ ? 1 : 10));
    co_await pause.async_wait(use_task);
  }
  sweeping_ = false;
}

/// From the lowest place that was asked for to the feed's end. False: it could not be read; who asked is still noted.
Task<bool> Feed::sweep_once() {
  std::vector<std::int64_t> served = std::move(asked_);
  asked_.clear();
  std::int64_t place = *std::min_element(served.begin(), served.end());
  while (!stopped_) {
    const std::size_t known = served.size();  // whoever asks later may have a number that this read cannot see
    RequestContext request;
    request.route = "stream.read_history";
    request.deadline = std::chrono::steady_clock::now() + read_patience;
    auto read = co_await source_->read(request, place, rows_at_once);
    if (!read) {
      asked_.insert(asked_.end(), served.begin(), served.end());
      co_return false;
    }
    if (read->missed) {
      tell_lanes([place](Lane& lane) { lane.on_unknown(place); });
      for (const std::int64_t number : served) {
        if (number > place)
          asked_.push_back(number);
      }
      co_return true;
    }
    const bool is_end = read->changes.size() < static_cast<std::size_t>(rows_at_once) && read->place >= *place_;
    place = read->place;
    const auto batch = std::make_shared<const Batch>(std::move(*read));
    tell_lanes([batch](Lane& lane) { lane.on_history(*batch); });
    if (is_end) {
      for (std::size_t at = 0; at < served.size(); ++at) {
        if (served[at] <= place)
          continue;
        if (at < known)
          tell_lanes([number = served[at]](Lane& lane) { lane.on_unknown(number); });
        else
          asked_.push_back(served[at]);
      }
      co_return true;
    }
    // Who asked meanwhile for what is still to come is served as well.
    const auto later =
        std::partition(asked_.begin(), asked_.end(), [place](std::int64_t number) { return number < place; });
    served.insert(served.end(), later, asked_.end());
    asked_.erase(later, asked_.end());
  }
  co_return true;
}

}  // namespace salesflow::feed
