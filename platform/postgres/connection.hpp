// Connection: one libpq connection in non-blocking pipeline mode on this thread's io_context.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

#include "platform/core/result.hpp"
#include "platform/postgres/pipeline.hpp"
#include "platform/postgres/pool_settings.hpp"
#include "platform/postgres/request.hpp"
#include "platform/runtime/coarse_timer.hpp"

struct pg_conn;
struct pg_result;

namespace salesflow::postgres {

/// Who answers on a connection.
struct ServerIdentity {
  std::uint64_t cluster = 0;  // hash of system_identifier and timeline
  std::int64_t system_identifier = 0;
  bool in_recovery = false;
  std::int64_t stats_epoch = 0;  // changes with every crash recovery
};

std::uint64_t cluster_of(std::int64_t system_identifier, std::int32_t timeline) noexcept;

/// Single-threaded; held by shared_ptr because waits on its socket outlive a close().
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Told on the connection's thread, never inside send().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Slots ended: there is room for more. Called before the waiters resume.
    virtual void on_progress(Connection& connection) = 0;
    /// It broke; its requests have their end set (End::lost) and resume after this call.
    virtual void on_closed(Connection& connection, const std::string& reason) = 0;
  };

  Connection(asio::io_context& context, CoarseTimer& timer, const PoolSettings& settings, Owner& owner);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Opens the connection, prepares begin_request and learns who answers. Name resolution inside libpq blocks: use
  /// addresses, sockets or a local resolver. Errors: unavailable (log_detail says why).
  Task<Result<ServerIdentity>> connect(std::string conninfo, SteadyTime deadline);

  /// Sends the request as one Sync, in one write. `inside_transaction`: an explicit transaction is open (or opened by
  /// this request), so a statement's Parse gets no Sync of its own.
  /// The request ends later, or at once (End::lost, never inside a waiter) when the connection is already broken.
  void send(Request& request, bool inside_transaction = false);
  /// The same, and waits for its end itself; End::expired at the deadline. For connections outside a pool's care.
  Task<void> run(Request& request, bool inside_transaction = false);
  /// The owner stops waiting; the answer is drained.
  void abandon(Request& request);

  /// Closes at once, without telling the owner. Requests in flight end as lost and resume from the io_context.
  void close();
  /// Lets the owner be destroyed before the connection.
  void disown() { owner_ = nullptr; }

  bool is_open() const { return open_; }
  int in_flight() const { return pipeline_.in_flight(); }
  bool is_idle() const { return pipeline_.is_idle(); }
  /// Outside any transaction, as far as the server told.
  bool is_outside_transaction() const;
  const ServerIdentity& identity() const { return identity_; }
  SteadyTime last_answer() const { return last_answer_; }

  /// Asks the server to cancel what runs, from a thread of its own, and closes once it was asked (a pooler forgets a
  /// closed client's statement). Only for exclusive connections: in a pipeline it would hit the neighbour.
  void cancel_and_close();

  /// For COPY: libpq's connection outside pipeline mode. The caller owns the protocol until resume_pipeline().
  pg_conn* suspend_pipeline();
  bool resume_pipeline();
  /// Waits until the socket can be read (or written); false when the deadline passes or the connection closes.
  Task<bool> wait_ready(bool for_write, SteadyTime deadline);

  /// Notifications (LISTEN) go here.
  std::function<void(std::string_view channel, std::string_view payload)> on_notify;

 private:
  struct Prepared {
    enum class State { unsent, sent, ready } state = State::unsent;
    std::uint32_t id = 0, generation = 0;
    std::string name;
    std::string problem;  // why the last Parse failed
  };

  Task<bool> establish(SteadyTime deadline);
  Task<Result<ServerIdentity>> learn_identity(SteadyTime deadline);
  bool send_all(Request& request, bool inside_transaction);
  bool send_begin(const Query& query, const Uuid& user_id, const Uuid& org_id, std::chrono::milliseconds limit);
  bool send_statement(const Query& query, const Params& params);
  bool send_prepare(const Query& query, Prepared& prepared);
  bool prepare_apart(const Query& query, Prepared& prepared);
  bool sync(Request* owner);
  bool flush();

  void wait_readable();
  void wait_writable();
  void on_readable();
  void take(pg_result* raw);
  /// False when there is no row: the connection ended.
  static bool take_begin(Request& request, const pg_result* result);
  void take_failure(const Pipeline::Event& event, const pg_result* result);
  void finish(Request& request);
  void take_available();
  void take_last_words();
  bool only_the_end_is_left() const;
  void fail(const std::string& reason, bool read_to_the_end);
  void resume_finished();
  std::string last_message() const;
  Task<void> close_when(std::shared_ptr<std::atomic<bool>> asked);
  static void on_notice(void* self, const pg_result* result);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const PoolSettings& settings_;
  Owner* owner_;
  pg_conn* pg_ = nullptr;
  asio::posix::basic_stream_descriptor<Executor> socket_;
  Pipeline pipeline_;
  std::unordered_map<const Query*, Prepared> prepared_;
  std::uint32_t last_statement_id_ = 0;
  std::vector<Request*> finished_;
  asio::posix::basic_stream_descriptor<Executor>* waiting_ = nullptr;  // what wait_ready waits on
  ServerIdentity identity_;
  SteadyTime last_answer_{};
  bool open_ = false;
  bool piped_ = false;
  bool writing_ = false;
  bool broken_ = false;
  bool has_writes_ = false;  // a write may be in the pipeline
  bool farewell_ = false;    // the server said that it ends this connection
  bool local_ = false;       // Unix socket: what the server wrote always arrives
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace salesflow::postgres
