// Connection: one pipelined connection on this thread's io_context. libpq opens it (names, TLS, passwords) and closes
// it; what travels in between is read and written here.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "platform/core/result.hpp"
#include "platform/postgres/pipeline.hpp"
#include "platform/postgres/pool_settings.hpp"
#include "platform/postgres/reader.hpp"
#include "platform/postgres/request.hpp"
#include "platform/postgres/transport.hpp"
#include "platform/postgres/writer.hpp"
#include "platform/runtime/coarse_timer.hpp"

struct pg_conn;

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
    /// Slots ended, or what was to be sent has left: there is room for more. Called before the waiters resume.
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

  /// Sends the request as one Sync, at the end of this turn of the event loop, in one write with the turn's others.
  /// `inside_transaction`: an explicit transaction is open (or opened by this request), so a statement's Parse gets no
  /// Sync of its own. The request ends later, or at once (End::lost, never inside a waiter) when the connection is
  /// already broken.
  void send(Request& request, bool inside_transaction = false);
  /// The same, and waits for its end itself; End::expired at the deadline. For connections outside a pool's care.
  Task<void> run(Request& request, bool inside_transaction = false);

  /// Statements inside one transaction that stays open until end_snapshot(): the first request brings
  /// Prologue::snapshot. Its answers are asked for at the end of this turn of the event loop, together with those of
  /// the turn's others, and the request ends with the last of them: done, failed (its own error, or skipped behind
  /// another's; then nothing more may be sent but the end) or lost. On an exclusive connection only.
  void send_in_snapshot(Request& request);
  /// Sends the transaction's Sync and waits for its end.
  Task<void> end_snapshot(Request& request);

  /// COPY … FROM STDIN as a request of its own; returns when the server takes data (Request::copying) or it ended.
  Task<void> begin_copy(Request& request, std::string statement);
  /// While it has not ended. Waits while the server does not keep up; false at the deadline or when the connection
  /// closed.
  Task<bool> send_copy_data(std::string_view bytes, SteadyTime deadline);
  /// Ends the data, with an error if there is a problem, and waits for the request's end.
  Task<void> end_copy(Request& request, std::optional<std::string_view> problem);
  /// The owner stops waiting; the answer is drained.
  void abandon(Request& request);

  /// Closes at once, without telling the owner. Requests in flight end as lost and resume from the io_context.
  void close();
  /// Lets the owner be destroyed before the connection.
  void disown() { owner_ = nullptr; }

  bool is_open() const { return open_; }
  int in_flight() const { return pipeline_.in_flight(); }
  /// The server does not take what is sent to it; better to wait than to buffer more.
  bool is_congested() const { return writer_.unsent().size() > unsent_bytes_max; }
  /// What this turn of the event loop sends waits to leave together.
  bool is_corked() const { return corked_; }
  /// Writes to the socket since the connection was opened.
  std::uint64_t writes() const { return writes_; }
  bool is_idle() const { return pipeline_.is_idle(); }
  /// Outside any transaction, as far as the server told.
  bool is_outside_transaction() const { return pg_ && reader_.transaction_status() == 'I'; }
  const ServerIdentity& identity() const { return identity_; }
  SteadyTime last_answer() const { return last_answer_; }

  /// Asks the server to cancel what runs, from a thread of its own, and closes once it was asked (a pooler forgets a
  /// closed client's statement). Only for exclusive connections: in a pipeline it would hit the neighbour.
  void cancel_and_close();

  /// Asks the server to cancel the statement that runs, whoever it belongs to, and stays open: for the end of it all.
  void cancel_running();

  /// Notifications (LISTEN) go here.
  std::function<void(std::string_view channel, std::string_view payload)> on_notify;

 private:
  static constexpr std::size_t unsent_bytes_max = 1 << 20;

  struct Prepared {
    enum class State { unsent, sent, ready } state = State::unsent;
    std::uint32_t id = 0, generation = 0;
    std::string name;
    std::string problem;                     // why the last Parse failed
    std::shared_ptr<const Columns> columns;  // of its rows; null for none
  };

  Task<bool> establish(SteadyTime deadline);
  Task<Result<ServerIdentity>> learn_identity(SteadyTime deadline);
  Task<bool> wait_ready(bool for_write, SteadyTime deadline);
  Task<void> wait(Request& request);
  void write_all(Request& request, bool inside_transaction);
  void write_begin(const Query& query, const Uuid& user_id, const Uuid& org_id, std::chrono::milliseconds limit);
  void write_statement(const Query& query, const Params& params);
  void write_prepare(const Query& query, Prepared& prepared);
  void prepare_apart(const Query& query, Prepared& prepared);
  void sync(Request* owner);
  bool start(Request& request);
  void write_unnamed(const Query& query);
  void prepare_inside(Request& request);
  void cork();
  void send_written(Request& request);
  void break_soon();
  bool flush();

  void wait_readable();
  void wait_writable();
  void on_readable();
  void take_last_words();
  Transport::State receive(int reads_max, bool to_the_end);
  void take_received();
  void take(Incoming incoming);
  void take_error();
  void take_result(Request& request, const Query* query);
  bool take_begin(Request& request);
  void take_failure(const Pipeline::Event& event);
  void fail_prepare(const Query* query, std::string problem);
  void break_off(std::string problem);
  void note(std::string problem);
  void finish(Request& request);
  void end_in_snapshot(Request* request, End end);
  void resume_later(Request& request);
  void lose_all(bool tell_front, bool stream_complete);
  void release();
  void fail(const std::string& reason, bool read_to_the_end);
  void resume_finished();
  std::shared_ptr<std::atomic<bool>> ask_to_cancel();
  Task<void> close_when(std::shared_ptr<std::atomic<bool>> asked);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const PoolSettings& settings_;
  Owner* owner_;
  pg_conn* pg_ = nullptr;
  asio::posix::basic_stream_descriptor<Executor> socket_;
  Transport transport_;
  Reader reader_;
  Writer writer_;
  Pipeline pipeline_;
  std::unordered_map<const Query*, Prepared> prepared_;
  std::uint32_t last_statement_id_ = 0;
  std::vector<Request*> finished_;
  asio::posix::basic_stream_descriptor<Executor>* waiting_ = nullptr;  // what wait_ready waits on
  ServerIdentity identity_;
  SteadyTime last_answer_{};
  std::uint64_t writes_ = 0;
  bool corked_ = false;
  bool wants_answers_ = false;  // a Flush goes behind what this turn sends
  std::string problem_;         // why it broke
  bool open_ = false;
  bool writing_ = false;
  bool broken_ = false;    // what came cannot be what was asked for, or is the end
  bool farewell_ = false;  // the server said that it ends this connection
  bool local_ = false;     // Unix socket: what the server wrote always arrives
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace salesflow::postgres
