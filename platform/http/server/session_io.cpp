// The rest of a Session: request bodies, writing, and ends that do not lose the answer.
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/redirect_error.hpp>

#include "platform/http/server/request_metrics.hpp"
#include "platform/http/server/session.hpp"

namespace salesflow::http {
namespace {

constexpr std::uint64_t linger_bytes_max = 16 << 20;
constexpr std::chrono::seconds linger_max{3};

}  // namespace

void Session::begin_body() {
  const RequestHead& head = parser_.head();
  body_left_ = head.content_length;
  body_bytes_ = 0;
  body_done_ = !head.has_body();
  body_failure_ = BodyStatus::complete;
  body_.clear();
}

/// A slow sender gets body_timeout, plus a second for each body_bytes_per_s_min it has sent.
SteadyTime Session::body_limit() const {
  const auto earned = std::chrono::milliseconds(body_bytes_ * 1000 / host_->settings.body_bytes_per_s_min);
  return body_started_ + host_->settings.body_timeout + earned;
}

/// Reads once, behind the head. False: nothing came (timed_out_ or gone).
Task<bool> Session::fill() {
  if (begin_ == end_) {
    begin_ = end_ = head_end_;
  } else if (end_ == host_->buffers.bytes()) {
    make_room(head_end_);
  }
  if (end_ == host_->buffers.bytes())
    co_return false;
  if (body_started_ == SteadyTime{})
    body_started_ = std::chrono::steady_clock::now();
  watch(Phase::body, body_limit());
  boost::system::error_code error;
  const auto room = asio::buffer(buffer_.get() + end_, host_->buffers.bytes() - end_);
  const std::size_t count = co_await socket_.async_read_some(room, asio::redirect_error(use_task, error));
  if (error || timed_out_)
    co_return false;
  end_ += count;
  co_return true;
}

/// Appends what has come of the body to `out`, waiting for at least one byte. more: there may be further pieces.
Task<Session::BodyStatus> Session::read_piece(std::string& out, std::size_t bytes_max) {
  const RequestHead& head = parser_.head();
  while (!body_done_) {
    const std::size_t before = out.size();
    if (head.chunked) {
      std::size_t consumed = 0;
      const auto status =
          begin_ < end_ ? parser_.parse_chunked(pending(), out, consumed) : RequestParser::Status::need_more;
      begin_ += consumed;
      if (status == RequestParser::Status::failed)
        co_return BodyStatus::malformed;
      body_done_ = status == RequestParser::Status::done;
    } else {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, end_ - begin_));
      out.append(buffer_.get() + begin_, count);
      begin_ += count;
      body_left_ -= count;
      body_done_ = body_left_ == 0;
    }
    body_bytes_ += out.size() - before;
    if (body_bytes_ > bytes_max)
      co_return BodyStatus::too_large;
    if (body_done_)
      break;
    if (out.size() > before)
      co_return BodyStatus::more;
    // A chunk's size line that fills the whole buffer is no size line.
    if (end_ - begin_ == host_->buffers.bytes() - head_end_)
      co_return BodyStatus::malformed;
    if (!(co_await fill()))
      co_return timed_out_ ? BodyStatus::timed_out : BodyStatus::gone;
  }
  co_return BodyStatus::complete;
}

/// The whole body: in place when it fits behind the head, else in body_.
Task<Session::BodyStatus> Session::read_body() {
  body_started_ = {};
  const RequestHead& head = parser_.head();
  if (!head.chunked && body_left_ <= host_->buffers.bytes() - head_end_) {
    while (end_ - begin_ < body_left_) {
      body_bytes_ = end_ - begin_;
      if (!(co_await fill()))
        co_return timed_out_ ? BodyStatus::timed_out : BodyStatus::gone;
    }
    exchange_.set_body(pending().substr(0, static_cast<std::size_t>(body_left_)));
    begin_ += static_cast<std::size_t>(body_left_);
    body_left_ = 0;
    body_done_ = true;
    co_return BodyStatus::complete;
  }
  BodyStatus status = BodyStatus::more;
  while (status == BodyStatus::more)
    status = co_await read_piece(body_, exchange_.policy().max_bytes);
  exchange_.set_body(body_);
  co_return status;
}

Task<Result<std::string>> Session::next() {
  std::string piece;
  if (body_done_)
    co_return piece;
  if (body_bytes_ == 0)
    body_started_ = {};
  const BodyStatus status = co_await read_piece(piece, exchange_.policy().max_bytes);
  watch(Phase::handler, SteadyTime::max());
  if (status == BodyStatus::more || status == BodyStatus::complete)
    co_return piece;
  body_failure_ = status;
  if (status == BodyStatus::too_large)
    co_return fail(Errc::payload_too_large, "The body is too large", "body");
  co_return fail(Errc::malformed,
                 status == BodyStatus::malformed ? "The chunked body is not valid" : "The body did not arrive", "body");
}

/// After an early answer: drops a small body, so that the connection can go on.
Task<bool> Session::skip_rest_of_body() {
  body_started_ = {};
  std::string dropped;
  BodyStatus status = BodyStatus::more;
  while (status == BodyStatus::more && !body_done_) {
    dropped.clear();
    status = co_await read_piece(dropped, body_room_bytes);
  }
  co_return body_done_;
}

/// Hands over as much as the socket takes now. True: all of it. False: `parts` is what is left.
bool Session::write_now(std::span<std::string_view>& parts) {
  iovec pieces[4];
  while (true) {
    std::size_t count = 0;
    for (const std::string_view part : parts) {
      if (part.empty())
        continue;
      pieces[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    if (count == 0)
      return true;
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR)
        continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        gone_ = true;
      return false;
    }
    auto left = static_cast<std::size_t>(sent);
    bool all = true;
    for (std::string_view& part : parts) {
      const std::size_t taken = std::min(left, part.size());
      part.remove_prefix(taken);
      left -= taken;
      all = all && part.empty();
    }
    if (all)
      return true;
  }
}

Task<bool> Session::write(std::span<std::string_view> parts) {
  if (write_now(parts))
    co_return true;
  std::size_t held = 0;
  for (const std::string_view part : parts)
    held += part.size();
  co_return co_await write_rest(parts, held);
}

/// Counts what a session holds for a client that does not read.
class Session::Waiting {
 public:
  Waiting(Session& session, std::size_t held) : session_(session) {
    session_.held_ = held;
    session_.last_taken_ = std::chrono::steady_clock::now();
    SessionHost& host = *session_.host_;
    host.waiting_to_write.push_back(&session_);
    host.unread_bytes += held;
    if (host.services.metrics)
      host.services.metrics->on_unread(static_cast<std::int64_t>(held));
  }
  ~Waiting() { session_.stop_waiting(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Session& session_;
};

/// For a client that reads slowly. The answer's head is shared scratch memory, so it is copied first.
Task<bool> Session::write_rest(std::span<std::string_view> parts, std::size_t held) {
  if (gone_)
    co_return false;
  const Waiting waiting(*this, held);
  if (held > host_->settings.unread_bytes_a_connection_max)
    cut_reader();
  host_->cut_slow_readers();
  if (gone_)
    co_return false;
  const std::string first(parts.front());
  parts.front() = first;
  while (true) {
    watch(Phase::write, std::chrono::steady_clock::now() + host_->settings.write_timeout);
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(use_task, error));
    if (error || timed_out_ || gone_) {
      gone_ = true;
      co_return false;
    }
    if (write_now(parts))
      co_return true;
    if (gone_)
      co_return false;
    last_taken_ = std::chrono::steady_clock::now();
  }
}

/// Ends a connection whose client may still be sending: closing at once would make the kernel reset it, and the client
/// would lose the answer.
Task<void> Session::linger() {
  const bool unread = !body_done_ || begin_ < end_ || parser_.failure_status() != 0 || timed_out_;
  if (gone_ || !unread || !socket_.is_open())
    co_return;
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error || !buffer_)
    co_return;
  const SteadyTime end = std::chrono::steady_clock::now() + linger_max;
  watch(Phase::write, end);
  std::uint64_t dropped = 0;
  const auto room = asio::buffer(buffer_.get(), host_->buffers.bytes());
  while (!error && !timed_out_ && !gone_ && dropped < linger_bytes_max) {
    dropped += co_await socket_.async_read_some(room, asio::redirect_error(use_task, error));
  }
}

}  // namespace salesflow::http
