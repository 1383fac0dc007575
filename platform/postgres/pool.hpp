// Pool: the connections of one thread to one server (primary or replica): where a request finds its place, what waits,
// what reconnects.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "platform/postgres/connection.hpp"
#include "platform/postgres/observer.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::postgres {

class Pool final : private Connection::Owner {
 public:
  Pool(asio::io_context& context, CoarseTimer& timer, const PoolSettings& settings, std::string conninfo,
       Observer& observer);
  ~Pool() override;

  /// Opens the connections in the background and keeps them open.
  void start();

  /// Gives the request to a connection, or lets it wait for one. It ends (Request::end) by itself: rejected when the
  /// queue is full or acquire_timeout passes, expired at its deadline (writes: write_grace later). At once only before
  /// the caller waits.
  void submit(Request& request);

  /// The caller waits no longer: the request ends as lost and resumes inside this call; its answer is drained. Nothing
  /// for one that has ended.
  void withdraw(Request& request);
  /// Closes the pipelined connections and opens them anew; what runs on them ends as lost.
  void renew();

  /// A connection for one user at a time. Waits like submit().
  Task<Result<ConnectionPtr>> acquire_exclusive(SteadyTime deadline);
  /// Gives it back; one that is not outside a transaction, or closed, is dropped.
  void release_exclusive(ConnectionPtr connection);
  /// Its place is free; the connection ends by itself.
  void forget_exclusive();
  /// Closes those that nobody uses: their prepared statements may be out of date.
  void drop_idle_exclusive();
  /// A connection that the caller keeps (LISTEN).
  Task<Result<ConnectionPtr>> connect_alone(Connection::Owner& owner, SteadyTime deadline);

  /// True while a connection is open.
  bool is_up() const;
  SteadyTime last_answer() const;
  /// No request waits or runs.
  bool is_idle() const { return waiting_.empty() && running_.empty() && exclusive_in_use_ == 0; }
  /// Asks the server to cancel what runs on any connection, also on those in exclusive use.
  void cancel_running();
  /// Closes everything; requests end as shut_down and resume from the io_context.
  void shut_down();

  const ServerIdentity& identity() const { return identity_; }

 private:
  struct Seat {
    ConnectionPtr connection;
    std::unique_ptr<CoarseTimer::Entry> retry;
    int failures = 0;
  };
  struct Waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit Waiter(asio::io_context& context) : woken(context) {}
    OneShot<bool> woken;
  };

  void on_progress(Connection& connection) override;
  void on_closed(Connection& connection, const std::string& reason) override;
  Task<void> open(std::size_t seat, std::shared_ptr<bool> alive);
  void retry_later(std::size_t seat);
  Connection* find_place(const Request& request);
  void start_on(Connection& connection, Request& request);
  void dispatch_waiting();
  void watch(Request& request);
  void sweep();
  static void end_later(asio::io_context& context, Request& request);
  void wake_exclusive_waiter();

  asio::io_context& context_;
  CoarseTimer& timer_;
  const PoolSettings& settings_;
  const std::string conninfo_;
  Observer& observer_;
  std::vector<Seat> seats_;
  RequestList waiting_, running_;
  int waiting_count_ = 0;
  CoarseTimer::Entry sweep_;
  SteadyTime sweep_at_ = SteadyTime::max();
  ServerIdentity identity_;
  SteadyTime last_answer_{};
  std::minstd_rand random_;

  std::vector<ConnectionPtr> exclusive_idle_;
  std::vector<std::weak_ptr<Connection>> exclusive_known_;  // idle or in use
  boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>> exclusive_waiters_;
  int exclusive_in_use_ = 0, exclusive_waiting_ = 0;
  bool stopped_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace salesflow::postgres
