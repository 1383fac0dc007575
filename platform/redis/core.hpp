// Core: what a Client, its scans and its subscriptions share: the servers, and which of them a command is for.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "platform/redis/node.hpp"
#include "platform/redis/slots.hpp"
#include "platform/redis/topology.hpp"

namespace salesflow::redis {

using Outcomes = std::vector<Result<Answer>>;

class Core final : public std::enable_shared_from_this<Core>, private Node::Owner, private Connection::Owner {
 public:
  Core(asio::io_context& context, CoarseTimer& timer, Settings settings, telemetry::Registry* registry);
  ~Core() override;
  void start();
  void shut_down();

  /// Each command goes to the server of its keys, those for one server in order and on one connection; redirections
  /// are followed. One outcome a command.
  Task<Outcomes> run_all(std::vector<Command> commands, SteadyTime deadline);
  /// All of them to one server of the installation, whatever their keys.
  Task<Outcomes> run_on(Address address, std::vector<Command> commands, SteadyTime deadline);
  /// Who serves slots now, each once; the server itself when it is no cluster.
  Task<Result<std::vector<Address>>> primaries(SteadyTime deadline);
  Task<Result<ServerIdentity>> check();
  /// A connection that the caller keeps, to one server or another.
  Task<Result<ConnectionPtr>> connect_alone(Connection::Owner& owner);

  bool is_up() const;
  Error problem() const;
  bool is_cluster() const { return cluster_; }
  std::uint64_t writes() const;
  Task<void> sleep_until(SteadyTime until);

  asio::io_context& context() { return context_; }
  CoarseTimer& timer() { return timer_; }
  const Settings& settings() const { return settings_; }
  SteadyTime limit(SteadyTime deadline) const;
  std::chrono::microseconds jittered(std::chrono::milliseconds around);
  bool is_stopped() const { return stopped_; }

 private:
  struct Todo {
    std::size_t index;     // of the command
    Node* node = nullptr;  // null: find it by the slot
    bool asking = false;
  };

  void on_up(Node& node) override;
  void on_down(Node& node) override;
  void on_progress(Connection&) override {}
  void on_closed(Connection&, const std::string&) override {}

  bool is_ready() const { return known_ && (!cluster_ || has_slots_); }
  Task<Result<void>> become_ready(SteadyTime deadline);
  void wake_waiters();
  Node& node_at(const Address& address);
  Node* find_node(const Command& command);
  Task<void> round(std::vector<Todo>& todo, std::vector<Command>& commands, Outcomes& outcomes, SteadyTime deadline,
                   bool& pause);
  void follow(const Redirection& redirection, std::size_t index, std::vector<Todo>& next);
  void refresh_soon();
  Task<void> refresh(std::shared_ptr<Core> self);
  void adopt(const std::vector<SlotRange>& ranges);
  void schedule_refresh();
  void account(const Outcomes& outcomes, SteadyTime started);

  asio::io_context& context_;
  CoarseTimer& timer_;
  const Settings settings_;
  std::unique_ptr<telemetry::Registry> own_registry_;
  Metrics metrics_;
  std::minstd_rand random_;
  ServerUrl url_;
  TlsContext tls_;
  std::optional<Error> misconfigured_;

  std::map<Address, std::unique_ptr<Node>> nodes_;
  Node* seed_ = nullptr;  // of the URL; stays
  bool known_ = false;    // whether it is a cluster
  bool cluster_ = false;
  bool has_slots_ = false;
  std::array<Node*, slot_count> owners_{};
  std::vector<std::shared_ptr<OneShot<bool>>> waiters_;  // for is_ready()
  CoarseTimer::Entry refresh_;
  SteadyTime refreshed_at_{};
  std::string topology_problem_;  // why the last question for the slots failed
  bool refreshing_ = false, refresh_again_ = false;
  std::size_t turn_ = 0;  // for commands without a key
  bool stopped_ = false;
};

}  // namespace salesflow::redis
