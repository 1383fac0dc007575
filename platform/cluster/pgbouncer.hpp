// A private PgBouncer in front of a private PostgreSQL: how the server runs behind a transaction pooler.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/cluster/postgres.hpp"

namespace salesflow::cluster {

struct PgBouncerOptions {
  std::string name = "pgbouncer";
  std::string pool_mode = "transaction";
  int pool_size = 10;  // server connections per (role, database)
  int clients_max = 500;
  std::vector<std::pair<std::string, std::string>> settings{};  // into [pgbouncer] after ours
  std::chrono::milliseconds start_timeout{10'000};
};

/// Listens on 127.0.0.1. Any database name is passed on; logins are those the server knows with a password when this
/// starts (their scram secrets are copied, so no password is written down). Blocking; one thread at a time.
class PrivatePgBouncer {
 public:
  /// `home` and `server` must outlive the object. Errors: unavailable with the log's tail.
  static Result<std::unique_ptr<PrivatePgBouncer>> start(const ServerHome& home, const PrivatePostgres& server,
                                                         PgBouncerOptions options = {});
  ~PrivatePgBouncer();
  PrivatePgBouncer(const PrivatePgBouncer&) = delete;
  PrivatePgBouncer& operator=(const PrivatePgBouncer&) = delete;

  /// Reads the server's logins again: after roles or passwords changed.
  Result<void> reload_logins();
  void stop();
  Result<void> start_again();

  int port() const noexcept { return port_; }
  std::string url(std::string_view database, std::string_view role, std::string_view password) const;
  std::filesystem::path log_file() const { return folder_ / "log"; }
  bool is_running() { return process_ && process_->is_running(); }

 private:
  PrivatePgBouncer(const ServerHome& home, const PrivatePostgres& server, PgBouncerOptions options,
                   std::filesystem::path folder);
  Result<void> write_logins() const;
  Result<void> launch();

  const ServerHome& home_;
  const PrivatePostgres& server_;
  PgBouncerOptions options_;
  std::filesystem::path folder_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace salesflow::cluster
