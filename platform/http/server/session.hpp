// Session: one connection. Reads requests, lets the Exchange answer, writes; knows sockets, buffers and time limits.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/http/server/exchange.hpp"
#include "platform/http/server/request_parser.hpp"
#include "platform/http/toolkit/live_body.hpp"
#include "platform/runtime/coarse_timer.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::http {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

/// A read buffer holds: pipelined requests already answered (at most this), the largest head, and behind it at least
/// this much for a body's pieces.
inline constexpr std::size_t body_room_bytes = 16 * 1024;

/// Read buffers of one thread: taken while a connection talks, given back when it is idle. Each is a mapping of its
/// own, not a part of the heap: pages that no request reached are never there, and those given back leave the process.
class BufferPool {
 public:
  struct Unmap {
    std::size_t bytes = 0;
    void operator()(char* buffer) const noexcept;
  };
  using Buffer = std::unique_ptr<char[], Unmap>;

  explicit BufferPool(std::size_t bytes) : bytes_(bytes) {}
  std::size_t bytes() const { return bytes_; }
  /// Throws std::bad_alloc.
  Buffer take();
  void give_back(Buffer buffer);

 private:
  static constexpr std::size_t kept_max = 64;
  std::size_t bytes_;
  std::vector<Buffer> kept_;
};

class Session;
using SessionHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What the sessions of one thread share. Kept alive by each of them.
struct SessionHost {
  SessionHost(asio::io_context& context, CoarseTimer& timer, const Services& services);
  asio::io_context& context;
  CoarseTimer& timer;
  const Services services;
  const ServerSettings& settings;
  ThreadTools tools;
  BufferPool buffers;
  bool draining = false;               // each answer ends its connection
  bool closing = false;                // and nothing new is accepted
  std::chrono::milliseconds quiet{0};  // while closing: how long a connection is idle before it is closed
  int connections = 0;
  std::function<void()> on_session_end;  // set by the server while it lives

  /// Cuts the clients that took a byte the longest ago until the others' answers fit into this thread's share.
  void cut_slow_readers();
  std::vector<Session*> waiting_to_write;  // in no order
  std::size_t unread_bytes = 0;            // of their answers
};

class Session final : public SessionHook, private BodyReader {
 public:
  Session(std::shared_ptr<SessionHost> host, Socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves the connection to its end; never throws. The coroutine owns the session.
  static Task<void> run(std::unique_ptr<Session> session);
  /// The host closes: an idle connection ends when it has been quiet for long enough, a busy one after its answer.
  void on_drain();
  /// The time to drain is over.
  void abort();
  /// Its client does not read: ends it, and what it holds does not count any more.
  void cut_reader();
  SteadyTime last_taken() const { return last_taken_; }

 private:
  enum class Phase { idle, head, body, handler, write, live };
  enum class BodyStatus { more, complete, too_large, malformed, timed_out, gone };

  Task<void> serve();
  Task<bool> answer();
  Task<BodyStatus> read_body();
  Task<BodyStatus> read_piece(std::string& out, std::size_t bytes_max);
  Task<bool> fill();
  Task<bool> wait_parked();
  SteadyTime idle_limit() const;
  std::size_t read_last(boost::system::error_code& error);
  Task<bool> deliver(Response response, bool keep_alive);
  Task<bool> stream_body(BodyStream& stream, bool chunked, std::uint64_t& bytes);
  Task<void> send_live(LiveBody& body, bool chunked);
  Task<bool> write_rest(std::span<std::string_view> parts, std::size_t held);
  Task<bool> write(std::span<std::string_view> parts);
  Task<bool> skip_rest_of_body();
  Task<void> linger();
  Task<Result<std::string>> next() override;

  class Waiting;  // in SessionHost::waiting_to_write
  void stop_waiting() noexcept;
  class Live;  // what a session has only while it sends a LiveBody
  void wake_live();
  void drain_live();
  void watch_peer(std::shared_ptr<Live> live);
  bool write_now(std::span<std::string_view>& parts);
  void make_room(std::size_t keep);
  void begin_body();
  void watch(Phase phase, SteadyTime limit);
  void on_timer();
  SteadyTime body_limit() const;
  std::string_view pending() const { return {buffer_.get() + begin_, end_ - begin_}; }

  std::shared_ptr<SessionHost> host_;
  Socket socket_;
  RequestParser parser_;
  Exchange exchange_;

  CoarseTimer::Entry timer_;
  BufferPool::Buffer buffer_;  // null while parked
  std::size_t begin_ = 0;      // first byte not consumed
  std::size_t end_ = 0;        // end of what was read
  std::size_t head_end_ = 0;   // the head's views point below

  Phase phase_ = Phase::idle;
  SteadyTime limit_ = SteadyTime::max();     // of the phase
  SteadyTime armed_at_ = SteadyTime::max();  // when the timer looks next; it may come too early, never too late
  SteadyTime idle_since_{};
  bool timed_out_ = false;
  bool park_ = false;
  bool gone_ = false;

  Live* live_ = nullptr;  // in send_live()

  std::size_t held_ = 0;     // bytes of an answer that its client has not read
  SteadyTime last_taken_{};  // when the client last took something of it

  std::string body_;              // a body that does not fit behind the head
  std::uint64_t body_left_ = 0;   // of Content-Length
  std::uint64_t body_bytes_ = 0;  // received, decoded
  bool body_done_ = true;
  BodyStatus body_failure_ = BodyStatus::complete;
  SteadyTime body_started_{};
};

}  // namespace salesflow::http
