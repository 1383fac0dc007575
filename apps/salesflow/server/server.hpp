// Server: the whole service in one process. `salesflow serve` and `salesflow demo` run it; tests may, too.
#pragma once

#include <cstdint>
#include <memory>

#include "apps/salesflow/compose/server_config.hpp"

namespace salesflow::apps {

/// Shared parts (keys, revocations, metrics) and one object graph a worker thread.
class Server {
 public:
  /// Builds everything; no thread runs and nothing listens. Throws std::runtime_error for settings that cannot work
  /// (a short secret, an unreadable key file, a spool folder that cannot be written).
  explicit Server(ServerConfig config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Checks the database login, listens and starts the threads; returns the port. Does not wait for an unreachable
  /// database (/readyz says 503 until it is there), but throws when the login is an owner, a superuser or BYPASSRLS, or
  /// when the port cannot be had.
  std::uint16_t start();
  /// /readyz says 503 and answers end their connections for SALESFLOW_HTTP_DRAIN_GRACE; then
  /// stops accepting, lets requests finish within SALESFLOW_HTTP_DRAIN_TIMEOUT, closes the pools, joins. Thread-safe,
  /// once.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace salesflow::apps
