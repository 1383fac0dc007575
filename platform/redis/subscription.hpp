// Subscription: SUBSCRIBE on a connection of its own, which reconnects by itself and tells every loss.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/redis/client.hpp"
#include "platform/redis/connection.hpp"
#include "platform/runtime/coarse_timer.hpp"

namespace salesflow::redis {

/// Single-threaded; callbacks come from the io_context. What is published while it is not connected is not heard, and
/// a cluster's node that lost sight of the others hears only its own: whoever depends on messages needs a bound beside
/// them. A silent loss is noticed after Settings::ping_interval + command_timeout.
class Subscription final : public std::enable_shared_from_this<Subscription>, private Connection::Owner {
 public:
  struct Callbacks {
    std::function<void(std::string_view channel, std::string_view payload)> on_message;
    /// Each time all channels are heard (again), the first one, too: what came before was missed.
    std::function<void()> on_connected{};
    /// Each time they are heard no more, once.
    std::function<void()> on_lost{};
  };

  /// Lives as long as it is held, and until stop() or the client's end.
  static std::shared_ptr<Subscription> start(const Client& client, std::vector<std::string> channels,
                                             Callbacks callbacks);
  ~Subscription() override;

  bool is_connected() const { return connected_; }
  /// No callback comes afterwards.
  void stop();

 private:
  Subscription(std::shared_ptr<Core> core, std::vector<std::string> channels, Callbacks callbacks);
  static Task<void> keep_subscribed(std::weak_ptr<Subscription> held, std::shared_ptr<Core> core);
  void on_progress(Connection&) override {}
  void on_closed(Connection& connection, const std::string& reason) override;
  void begin(ConnectionPtr connection);
  void take(const Reply& reply);
  void beat();
  void lose();

  std::shared_ptr<Core> core_;
  const std::vector<std::string> channels_;
  Callbacks callbacks_;
  ConnectionPtr connection_;
  std::shared_ptr<OneShot<bool>> closed_;
  CoarseTimer::Entry beat_;
  std::size_t confirmed_ = 0;
  SteadyTime begun_at_{};
  bool connected_ = false, stopped_ = false;
};

}  // namespace salesflow::redis
