// A Session in its live phase: it sends what a LiveBody has whenever there is something, until either side ends it.
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>

#include "platform/core/log.hpp"
#include "platform/http/server/session.hpp"

namespace salesflow::http {
namespace {

/// Of the kernel, for a client that does not read. The default grows to megabytes.
constexpr int send_buffer_bytes = 64 * 1024;
/// What a client may send while it listens; more is an abuse.
constexpr std::size_t heard_bytes_max = 64 * 1024;

}  // namespace

class Session::Live {
 public:
  Live(LiveBody& sent, asio::io_context& io) : body(sent), context(io) {}

  void wake() {
    if (signal)
      signal->set(true);
  }

  LiveBody& body;
  asio::io_context& context;
  OneShot<bool>* signal = nullptr;  // while the session waits
  bool ended = false;
  std::size_t heard_bytes = 0;
};

void Session::wake_live() {
  if (live_)
    live_->wake();
}

void Session::drain_live() {
  live_->body.drain();
}

/// Learns at once that the client went away, not only when it is written to.
void Session::watch_peer(std::shared_ptr<Live> live) {
  auto on_readable = [this, live](const boost::system::error_code& error) {
    if (live->ended || error)
      return;
    char heard[512];
    const auto count = ::recv(socket_.native_handle(), heard, sizeof heard, MSG_DONTWAIT);
    const bool is_there = count > 0 || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
    if (count > 0)
      live->heard_bytes += static_cast<std::size_t>(count);
    if (!is_there || live->heard_bytes > heard_bytes_max)
      return abort();
    watch_peer(live);
  };
  socket_.async_wait(Socket::wait_read, std::move(on_readable));
}

/// Without read buffer, request or deadline. A client that does not take what was written is dropped like any other
/// (write_timeout, unread_bytes_max), or earlier, when its body says so.
Task<void> Session::send_live(LiveBody& body, bool chunked) {
  host_->buffers.give_back(std::move(buffer_));
  parser_.release();
  begin_ = end_ = head_end_ = 0;
  body_done_ = true;
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::send_buffer_size(send_buffer_bytes), ignored);

  const auto live = std::make_shared<Live>(body, host_->context);
  struct Scope {
    Session& session;
    Live& live;
    ~Scope() {
      live.ended = true;
      live.body.on_wake({});
      session.live_ = nullptr;
    }
  };
  live_ = live.get();
  const Scope scope{*this, *live};
  body.on_wake([this] {
    if (live_->body.is_cut() && !gone_)
      return cut_reader();
    live_->wake();
  });
  if (host_->closing)
    body.drain();
  watch_peer(live);
  while (!gone_ && !body.is_cut()) {
    const std::string piece = body.take(std::chrono::steady_clock::now());
    const bool is_last = piece.empty() && body.is_over();
    if (!piece.empty() || (is_last && chunked)) {
      char size[24];
      const int digits = std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
      std::string_view parts[] = {
          chunked ? std::string_view(size, static_cast<std::size_t>(digits)) : std::string_view(), piece,
          chunked ? std::string_view("\r\n") : std::string_view()};
      if (!(co_await write(parts)))
        co_return;
    }
    if (is_last)
      co_return;
    if (!piece.empty())
      continue;
    OneShot<bool> signal(host_->context);
    live->signal = &signal;
    watch(Phase::live, body.due());
    co_await signal.wait();
    live->signal = nullptr;
  }
}

}  // namespace salesflow::http
