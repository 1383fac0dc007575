#include "platform/http/server/session.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <cstring>

#include "platform/core/log.hpp"
#include "platform/http/server/request_metrics.hpp"

namespace salesflow::http {
namespace {

std::string address_of(const Socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  return error ? std::string("unknown") : peer.address().to_string();
}

}  // namespace

void BufferPool::Unmap::operator()(char* buffer) const noexcept {
  ::munmap(buffer, bytes);
}

BufferPool::Buffer BufferPool::take() {
  if (kept_.empty()) {
    void* const pages = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
      throw std::bad_alloc();
    return Buffer(static_cast<char*>(pages), Unmap{bytes_});
  }
  auto buffer = std::move(kept_.back());
  kept_.pop_back();
  return buffer;
}

void BufferPool::give_back(Buffer buffer) {
  if (buffer && kept_.size() < kept_max)
    kept_.push_back(std::move(buffer));
}

SessionHost::SessionHost(asio::io_context& io, CoarseTimer& coarse, const Services& shared)
    : context(io),
      timer(coarse),
      services(shared),
      settings(services.settings),
      tools(settings.gzip_level),
      buffers(settings.head.header_bytes_max + 2 * body_room_bytes) {}

Session::Session(std::shared_ptr<SessionHost> host, Socket socket)
    : host_(std::move(host)),
      socket_(std::move(socket)),
      parser_(host_->settings.head),
      exchange_(host_->services, host_->tools, address_of(socket_)),
      timer_([this] { on_timer(); }),
      idle_since_(std::chrono::steady_clock::now()) {
  ++host_->connections;
}

Session::~Session() {
  host_->buffers.give_back(std::move(buffer_));
  --host_->connections;
  if (host_->on_session_end)
    host_->on_session_end();
}

Task<void> Session::run(std::unique_ptr<Session> session) {
  try {
    co_await session->serve();
  } catch (const std::exception& bug) {
    log::error("session_failed", {{"what", bug.what()}});
  }
}

void Session::on_drain() {
  if (live_)
    return drain_live();
  if (phase_ == Phase::idle)
    watch(Phase::idle, idle_limit());
}

SteadyTime Session::idle_limit() const {
  const SteadyTime limit = idle_since_ + host_->settings.idle_timeout;
  return host_->closing ? std::min(limit, idle_since_ + host_->quiet) : limit;
}

/// Before an idle connection is closed: what came while that was decided is a request like any other.
std::size_t Session::read_last(boost::system::error_code& error) {
  const auto count = ::recv(socket_.native_handle(), buffer_.get() + end_, host_->buffers.bytes() - end_, MSG_DONTWAIT);
  if (count <= 0)
    return 0;
  error = {};
  timed_out_ = false;
  return static_cast<std::size_t>(count);
}

void SessionHost::cut_slow_readers() {
  const std::size_t share = settings.unread_bytes_max / static_cast<std::size_t>(std::max(settings.threads, 1));
  while (unread_bytes > share && !waiting_to_write.empty()) {
    const auto slowest =
        std::min_element(waiting_to_write.begin(), waiting_to_write.end(),
                         [](const Session* a, const Session* b) { return a->last_taken() < b->last_taken(); });
    (*slowest)->cut_reader();
  }
}

void Session::stop_waiting() noexcept {
  const auto at = std::find(host_->waiting_to_write.begin(), host_->waiting_to_write.end(), this);
  if (at == host_->waiting_to_write.end())
    return;
  *at = host_->waiting_to_write.back();
  host_->waiting_to_write.pop_back();
  host_->unread_bytes -= held_;
  if (host_->services.metrics)
    host_->services.metrics->on_unread(-static_cast<std::int64_t>(held_));
}

void Session::cut_reader() {
  const auto waited = std::chrono::steady_clock::now() - last_taken_;
  log::warn("slow_reader_cut",
            {{"request", exchange_.context().request_id},
             {"route", exchange_.context().route},
             {"held_bytes", static_cast<std::int64_t>(held_)},
             {"stood_still_ms", std::chrono::duration_cast<std::chrono::milliseconds>(waited).count()}});
  stop_waiting();
  if (host_->services.metrics)
    host_->services.metrics->on_reader_cut();
  abort();
}

void Session::abort() {
  gone_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  wake_live();
}

/// Sets the phase and its limit. On the hot path this only stores: the timer looks again when it fires.
void Session::watch(Phase phase, SteadyTime limit) {
  phase_ = phase;
  limit_ = limit;
  timed_out_ = false;
  SteadyTime look = limit;
  if (phase == Phase::idle && buffer_)
    look = std::min(look, idle_since_ + host_->settings.park_after);
  if (look < armed_at_) {
    armed_at_ = look;
    host_->timer.arm(timer_, look);
  }
}

void Session::on_timer() {
  const SteadyTime now = std::chrono::steady_clock::now();
  boost::system::error_code ignored;
  armed_at_ = SteadyTime::max();
  if (now >= limit_) {
    if (phase_ == Phase::live)
      return wake_live();
    timed_out_ = true;
    socket_.cancel(ignored);
    return;
  }
  SteadyTime look = limit_;
  if (phase_ == Phase::idle && buffer_ && !park_) {
    const SteadyTime park_at = idle_since_ + host_->settings.park_after;
    if (now >= park_at) {
      park_ = true;
      socket_.cancel(ignored);
    } else {
      look = std::min(look, park_at);
    }
  }
  if (look == SteadyTime::max())
    return;
  armed_at_ = look;
  host_->timer.arm(timer_, look);
}

Task<void> Session::serve() {
  const ServerSettings& settings = host_->settings;
  int in_a_row = 0;
  while (!gone_) {
    parser_.reset();
    head_end_ = 0;
    if (begin_ == end_)
      begin_ = end_ = 0;
    if (begin_ > body_room_bytes)
      make_room(0);  // see the buffer's size: a head here leaves room for its body
    auto status = begin_ < end_ ? parser_.parse_head(pending()) : RequestParser::Status::need_more;
    bool head_started = false;
    while (status == RequestParser::Status::need_more) {
      in_a_row = 0;
      if (begin_ == end_) {
        watch(Phase::idle, idle_limit());
      } else {
        if (!head_started) {
          head_started = true;
          watch(Phase::head, std::chrono::steady_clock::now() + settings.head_timeout);
        }
        if (begin_ > 0) {
          make_room(0);
          parser_.reset();
          parser_.parse_head(pending());
        }
      }
      if (!buffer_)
        buffer_ = host_->buffers.take();
      boost::system::error_code error;
      const auto room = asio::buffer(buffer_.get() + end_, host_->buffers.bytes() - end_);
      std::size_t count = co_await socket_.async_read_some(room, asio::redirect_error(use_task, error));
      if (park_) {
        park_ = false;
        if (error == asio::error::operation_aborted && !timed_out_) {
          if (!(co_await wait_parked()))
            co_return;
          continue;
        }
      }
      if (timed_out_ && begin_ == end_ && !gone_) {
        if (error) {
          count = read_last(error);
        } else {
          timed_out_ = false;  // its first bytes came in the same moment
        }
      }
      if (timed_out_ && begin_ < end_) {
        exchange_.open(parser_.head(), std::chrono::steady_clock::now());
        co_await deliver(exchange_.reject(408, "The request took too long to arrive"), false);
        co_return co_await linger();
      }
      if (error || timed_out_)
        co_return;
      end_ += count;
      status = parser_.parse_head(pending());
    }
    exchange_.open(parser_.head(), std::chrono::steady_clock::now());
    watch(Phase::handler, SteadyTime::max());
    if (status == RequestParser::Status::failed) {
      co_await deliver(exchange_.reject(parser_.failure_status(), parser_.failure_detail()), false);
      co_return co_await linger();
    }
    begin_ += parser_.head_bytes();
    head_end_ = begin_;
    if (!(co_await answer()))
      co_return co_await linger();
    idle_since_ = exchange_.ended_at();
    if (++in_a_row >= settings.pipelined_max && begin_ < end_) {
      in_a_row = 0;
      co_await asio::post(host_->context, use_task);
    }
  }
}

/// One request, from its head to its answer. False: the connection ends.
Task<bool> Session::answer() {
  const RequestHead& head = parser_.head();
  begin_body();
  if (auto early = exchange_.admit()) {
    // A client that waits for 100 Continue may send its body or not: only a new connection is safe.
    const bool keep = head.keep_alive && !head.expects_continue && body_left_ <= body_room_bytes && !head.chunked;
    if (!(co_await deliver(std::move(*early), keep)))
      co_return false;
    co_return co_await skip_rest_of_body();
  }
  bool keep = head.keep_alive;
  if (!body_done_) {
    if (head.expects_continue && begin_ == end_) {
      std::string_view parts[] = {"HTTP/1.1 100 Continue\r\n\r\n"};
      if (!(co_await write(parts)))
        co_return false;
    }
    if (exchange_.policy().kind == BodyPolicy::Kind::stream) {
      exchange_.set_body_reader(this);
    } else {
      const BodyStatus status = co_await read_body();
      if (status == BodyStatus::gone) {
        gone_ = true;
        exchange_.give_up();
        co_return false;
      }
      if (status != BodyStatus::complete) {
        const int code = status == BodyStatus::too_large ? 413 : status == BodyStatus::timed_out ? 408 : 400;
        const std::string detail =
            status == BodyStatus::too_large
                ? "The body may have at most " + std::to_string(exchange_.policy().max_bytes) + " bytes"
            : status == BodyStatus::timed_out ? "The body took too long to arrive"
                                              : "The chunked body is not valid";
        co_await deliver(exchange_.reject(code, detail), false);
        co_return false;
      }
    }
  } else if (exchange_.policy().kind == BodyPolicy::Kind::stream) {
    exchange_.set_body_reader(this);
  }
  watch(Phase::handler, SteadyTime::max());
  Response response = co_await exchange_.run();
  if (body_failure_ != BodyStatus::complete) {  // of a streamed body
    const int code = body_failure_ == BodyStatus::too_large ? 413 : body_failure_ == BodyStatus::timed_out ? 408 : 400;
    response = exchange_.reject(code, "The body was too large, too slow or broken");
  }
  keep = keep && body_done_;
  const bool delivered = co_await deliver(std::move(response), keep);
  if (body_.capacity() > body_room_bytes)
    body_ = {};
  co_return delivered&& keep;
}

Task<bool> Session::deliver(Response response, bool keep_alive) {
  const bool is_live = response.stream && response.stream->target<LiveStream>();
  auto outgoing = exchange_.finish(std::move(response), keep_alive && !host_->draining && !is_live);
  std::uint64_t bytes = outgoing.head.size();
  std::string_view parts[] = {outgoing.head, outgoing.body ? std::string_view(*outgoing.body) : std::string_view()};
  bytes += parts[1].size();
  bool ok = true;
  std::span<std::string_view> rest(parts);
  if (!write_now(rest))
    ok = co_await write_rest(rest, outgoing.body && outgoing.body.use_count() == 1 ? outgoing.body->capacity() : 0);
  if (ok && is_live && outgoing.stream) {
    exchange_.report(bytes);  // the request is over, what follows is no part of it
    co_await send_live(*outgoing.stream->target<LiveStream>()->body, outgoing.chunked);
    co_return false;
  }
  if (ok && outgoing.stream)
    ok = co_await stream_body(*outgoing.stream, outgoing.chunked, bytes);
  exchange_.report(bytes);
  co_return ok&& outgoing.keep_alive;
}

/// One chunk a piece, each flushed: a piece of an event stream leaves at once. The next piece is asked for only when
/// the socket has taken the last one.
Task<bool> Session::stream_body(BodyStream& stream, bool chunked, std::uint64_t& bytes) {
  while (true) {
    watch(Phase::handler, SteadyTime::max());
    if (std::chrono::steady_clock::now() > exchange_.context().deadline) {
      log::warn("stream_over_deadline",
                {{"request", exchange_.context().request_id}, {"route", exchange_.context().route}});
      co_return false;  // without the last chunk: the client sees that something is missing
    }
    std::string piece;
    try {
      auto next = co_await stream();
      if (!next) {
        log::error("stream_failed", {{"request", exchange_.context().request_id}, {"cause", next.error().log_detail}});
        co_return false;
      }
      piece = std::move(*next);
    } catch (const std::exception& bug) {
      log::error("stream_failed", {{"request", exchange_.context().request_id}, {"cause", bug.what()}});
      co_return false;
    }
    const bool last = piece.empty();
    if (last && !chunked)
      co_return true;
    char size[24];
    const int digits = std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    std::string_view parts[] = {chunked ? std::string_view(size, static_cast<std::size_t>(digits)) : std::string_view(),
                                piece, chunked ? std::string_view("\r\n") : std::string_view()};
    for (const std::string_view part : parts)
      bytes += part.size();
    if (!(co_await write(parts)))
      co_return false;
    if (last)
      co_return true;
  }
}

/// Waits without a buffer until the peer says something or the idle limit passes.
Task<bool> Session::wait_parked() {
  host_->buffers.give_back(std::move(buffer_));
  parser_.release();
  begin_ = end_ = 0;
  watch(Phase::idle, idle_limit());
  boost::system::error_code error;
  co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(use_task, error));
  char first;
  if (timed_out_ && !gone_ && ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    timed_out_ = false;
    co_return true;
  }
  co_return !error && !timed_out_ && !gone_;
}

/// Moves what is not consumed down to `keep`, so that there is room behind it.
void Session::make_room(std::size_t keep) {
  if (begin_ <= keep)
    return;
  std::memmove(buffer_.get() + keep, buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_ - keep;
  begin_ = keep;
}

}  // namespace salesflow::http
