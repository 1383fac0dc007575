// Stream: one listener. What waits to be sent to it, how far it is, and when it has to end. No sockets.
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "platform/core/request_context.hpp"
#include "platform/feed/change.hpp"
#include "platform/feed/event_text.hpp"

namespace salesflow::feed {

struct StreamSettings {
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds badges_every{1'000};   // at most one hint in so long
  std::chrono::milliseconds life_max{1'800'000};   // then it has to begin again, whatever its token says
  std::chrono::milliseconds before_token{10'000};  // so long before its token ends
  std::size_t buffer_bytes_max = 256 * 1024;       // what one client may leave unread of events
  std::size_t buffers_bytes_max = 64 << 20;        // all of them
  int per_user_max = 20;
  int streams_max = 20'000;  // of the process
};

/// Who listens, and until when.
struct Listener {
  Uuid user_id, org_id, session_id;
  std::string mark;  // of its ids
  SteadyTime ends_at = SteadyTime::max();
};

class Lane;
using StreamHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Lives on one thread. Its time is told, never asked for.
class Stream final : public StreamHook {
 public:
  enum class State {
    starting,  // nobody knows yet where the feed ends
    behind,    // what it has missed is being read
    live,
    ended,  // nothing comes any more
    cut,    // its client has left too much unread
  };

  Stream(Lane& lane, Listener listener, SteadyTime now);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // The session's side; see http::LiveBody.
  std::string take(SteadyTime now);
  SteadyTime due() const;
  bool is_over() const { return state_ == State::ended && buffer_.empty(); }
  bool is_cut() const { return state_ == State::cut; }
  void on_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  /// Says why, and that nothing comes any more. `retry`: when to come back.
  void end(std::string_view reason, std::chrono::milliseconds retry = {});

  const Listener& listener() const { return listener_; }
  State state() const { return state_; }
  /// All up to here is in the buffer, or was sent.
  std::int64_t place() const;

 private:
  friend class Lane;

  /// From here on it gets what is behind `place`.
  void go_live(std::int64_t place);
  /// As go_live(), and the client has to ask for all anew.
  void resync(std::int64_t place, std::string_view reason);
  /// An event of a change behind its place. `data`: of change_data().
  void deliver(const Change& change, std::string_view data);
  void append(std::string_view event, std::string_view data, std::string_view id);
  void wake() {
    if (wake_)
      wake_();
  }

  Lane& lane_;
  const Listener listener_;
  State state_ = State::starting;
  std::int64_t place_ = 0;    // nothing up to here is to be delivered any more
  bool knows_place_ = false;  // the feed has it
  std::string_view refused_;  // why it cannot go on where it wanted; static storage
  std::string buffer_;
  bool badges_waiting_ = true;  // what was told before it listened may have been lost
  SteadyTime badges_at_{};      // the next hint, not earlier
  SteadyTime heartbeat_at_;
  std::function<void()> wake_;
};

}  // namespace salesflow::feed
