// LiveBody: an answer's body that has no end of its own (server-sent events). Its bytes come when they come.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/core/request_context.hpp"
#include "platform/http/toolkit/response.hpp"

namespace salesflow::http {

/// Belongs to one session and is called on its thread. It does no I/O and keeps no clock: the session asks it whenever
/// its time has come, somebody woke it, or the client has taken what it was given.
///
/// A session that sends one has no deadline, holds no place among the requests in flight and no read buffer, and ends
/// its connection afterwards.
class LiveBody {
 public:
  virtual ~LiveBody() = default;
  /// All that is to be sent by `now`; empty: nothing.
  virtual std::string take(SteadyTime now) = 0;
  /// When take() has something to say though nobody wakes the session.
  virtual SteadyTime due() const = 0;
  /// Nothing comes after what take() has given.
  virtual bool is_over() const = 0;
  /// The client reads too slowly: the connection is to end at once.
  virtual bool is_cut() const = 0;
  /// The server stops: says so to the client and ends.
  virtual void drain() = 0;
  /// Called with what wakes the session, and with nothing when it is gone. A body calls it once per change of what the
  /// others would answer; never inside take().
  virtual void on_wake(std::function<void()> wake) = 0;
};

/// How a LiveBody stands in Response::stream; the session looks for this type. Whoever knows only streams gets an end
/// at once.
struct LiveStream {
  std::shared_ptr<LiveBody> body;
  Task<Result<std::string>> operator()() const { co_return std::string(); }
};

/// 200, text/event-stream, through proxies without buffering.
inline Response live_response(std::shared_ptr<LiveBody> body) {
  Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.compressible = false;
  response.headers.emplace_back("Cache-Control", "no-store, no-transform");
  response.headers.emplace_back("X-Accel-Buffering", "no");
  LiveStream stream{std::move(body)};
  response.stream = std::make_shared<BodyStream>(std::move(stream));
  return response;
}

}  // namespace salesflow::http
