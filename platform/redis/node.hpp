// Node: the connections of one thread to one server: where a call finds its place, what waits, what reconnects.
#pragma once

#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "platform/redis/connection.hpp"

namespace salesflow::redis {

class Node final : private Connection::Owner {
 public:
  enum class State {
    connecting,  // at the start: calls wait for the outcome
    up,
    down,  // calls fail at once
  };

  /// Told from the io_context; may destroy nothing of this room.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_up(Node& node) = 0;
    virtual void on_down(Node& node) = 0;
  };

  /// `url` says as whom; its address does not count.
  Node(asio::io_context& context, CoarseTimer& timer, const Settings& settings, Address address, const ServerUrl& url,
       TlsContext tls, Metrics& metrics, Owner& owner);
  ~Node() override;

  /// Opens the connections in the background and keeps them open; again after shut_down(), too.
  void start();

  /// Gives the commands to a connection, or lets them wait for one. Ends as unavailable, at once: while it is down, and
  /// what finds the queue full.
  void submit(const CallPtr& call);

  const Address& address() const { return address_; }
  State state() const { return state_; }
  bool is_up() const { return state_ == State::up; }
  /// No call waits or runs.
  bool is_idle() const;
  /// Of the newest connection; meaningful once it was up.
  const ServerIdentity& identity() const { return identity_; }
  /// Why it is down.
  const Error& problem() const { return problem_; }
  std::uint64_t writes() const;

  /// Closes everything; calls end as unavailable and resume from the io_context.
  void shut_down();

 private:
  struct Seat {
    ConnectionPtr connection;
    std::unique_ptr<CoarseTimer::Entry> retry;
    int failures = 0;
    bool was_open = false;
  };

  void on_progress(Connection& connection) override;
  void on_closed(Connection& connection, const std::string& reason) override;
  Task<void> open(std::size_t seat, std::shared_ptr<bool> alive);
  void retry_later(std::size_t seat);
  bool has_connection() const;
  void go_down(Error why);
  Connection* find_place();
  void fill(Call& call);
  void dispatch_waiting();
  void drop_over();
  void fail_waiting(const Error& error);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const Settings& settings_;
  const Address address_;
  const ServerUrl& url_;
  const TlsContext tls_;
  Metrics& metrics_;
  Owner& owner_;
  State state_ = State::connecting;
  std::vector<Seat> seats_;
  std::deque<CallPtr> waiting_;
  std::size_t waiting_commands_ = 0;
  ServerIdentity identity_;
  Error problem_;
  std::minstd_rand random_;
  bool stopped_ = true;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace salesflow::redis
