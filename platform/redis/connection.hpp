// Connection: one pipelined connection on this thread's io_context.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "platform/redis/call.hpp"
#include "platform/redis/metrics.hpp"
#include "platform/redis/reply_reader.hpp"
#include "platform/redis/stream.hpp"

namespace salesflow::redis {

/// Single-threaded; held by shared_ptr because reads and writes outlive a close().
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Told from the io_context, never inside send().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Answers came, or what was to be sent has left: there is room for more.
    virtual void on_progress(Connection& connection) = 0;
    /// It broke; what was in flight has its outcome.
    virtual void on_closed(Connection& connection, const std::string& reason) = 0;
  };

  Connection(asio::io_context& context, CoarseTimer& timer, const Settings& settings, Metrics& metrics, Owner& owner);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Opens it as the URL's user and learns who answers. Errors: unavailable, and why (no password in it).
  Task<Result<ServerIdentity>> open(Address address, ServerUrl url, TlsContext tls, SteadyTime deadline);

  /// The call's next command goes into the pipeline. It leaves at the end of this turn of the event loop, in one send
  /// with the turn's others.
  void send(Call& call);
  /// Sends without a place in the pipeline: what comes back goes to on_push.
  void send_apart(const Command& command);

  /// Closes without telling the owner; what is in flight ends as unavailable.
  void close(const std::string& reason);
  /// As when the peer had gone: the owner is told, later.
  void break_off(std::string reason);
  /// Lets the owner be destroyed before the connection.
  void disown() { owner_ = nullptr; }

  bool is_open() const { return open_; }
  int in_flight() const { return static_cast<int>(slots_.size()); }
  /// The server does not take what is sent to it; better to wait than to buffer more.
  bool is_congested() const { return unsent_.size() > unsent_bytes_max; }
  /// What this turn of the event loop sends waits to leave together.
  bool is_corked() const { return corked_; }
  const ServerIdentity& identity() const { return identity_; }
  SteadyTime last_received() const { return last_received_; }
  /// Sends since it was opened.
  std::uint64_t writes() const { return writes_; }

  /// With a subscription every reply goes here, and none to a place in the pipeline.
  std::function<void(const Reply&)> on_push;

 private:
  static constexpr std::size_t unsent_bytes_max = 4 << 20;

  struct Slot {
    CallPtr call;  // null: nobody waits for it (ASKING)
    std::size_t index;
    SteadyTime limit;
  };

  Task<Result<ServerIdentity>> introduce(const ServerUrl& url);
  Task<Result<std::vector<Reply>>> exchange(std::vector<Command> commands);
  void push(CallPtr call, std::size_t index, SteadyTime limit);
  void cork();
  void flush();
  void read();
  void on_read(std::size_t bytes);
  void take(Received received);
  void watch();
  void end(const std::string& reason);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const Settings& settings_;
  Metrics& metrics_;
  Owner* owner_;
  Stream stream_;
  ReplyReader reader_;
  std::vector<char> in_;
  std::string unsent_, sending_;
  std::deque<Slot> slots_;
  CoarseTimer::Entry watch_;
  ServerIdentity identity_;
  SteadyTime last_received_{};
  std::uint64_t writes_ = 0;
  bool open_ = false, closed_ = false, corked_ = false, writing_ = false;
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace salesflow::redis
