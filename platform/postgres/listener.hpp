// Listener: LISTEN on a connection of its own, which reconnects by itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/postgres/core.hpp"

namespace salesflow::postgres {

class Listener final : public std::enable_shared_from_this<Listener>, private Connection::Owner {
 public:
  using OnNotify = std::function<void(std::string_view channel, std::string_view payload)>;

  static std::shared_ptr<Listener> start(std::shared_ptr<Core> core, std::vector<std::string> channels,
                                         OnNotify on_notify, std::function<void()> on_reconnect);
  /// No callback comes afterwards.
  void stop();

 private:
  Listener(std::shared_ptr<Core> core, std::vector<std::string> channels, OnNotify on_notify,
           std::function<void()> on_reconnect);
  Task<void> keep_listening();
  Task<bool> listen_on(ConnectionPtr connection);
  void on_progress(Connection&) override {}
  void on_closed(Connection& connection, const std::string& reason) override;

  std::shared_ptr<Core> core_;
  std::vector<std::string> statements_;  // LISTEN "channel", what queries_ point to
  std::vector<Query> queries_;
  OnNotify on_notify_;
  std::function<void()> on_reconnect_;
  ConnectionPtr connection_;
  std::unique_ptr<OneShot<bool>> closed_;
  bool stopped_ = false;
};

}  // namespace salesflow::postgres
