// A private Redis: nothing is written to disk, everybody needs the password.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/cluster/child_process.hpp"
#include "platform/cluster/server_home.hpp"

namespace salesflow::cluster {

struct RedisOptions {
  std::string name = "redis";
  std::vector<std::pair<std::string, std::string>> settings{};  // into redis.conf after ours, e.g. {"maxmemory", "8mb"}
  std::chrono::milliseconds start_timeout{10'000};
};

/// Listens on 127.0.0.1 and on a unix socket. Blocking; one thread at a time.
class PrivateRedis {
 public:
  /// `home` must outlive the object. Errors: unavailable with the log's tail.
  static Result<std::unique_ptr<PrivateRedis>> start(const ServerHome& home, RedisOptions options = {});
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  void stop();
  /// Starts a stopped or killed server again on the same port, empty and with a new run_id.
  Result<void> start_again();
  void kill_hard();
  /// Freezes and wakes the process (SIGSTOP, SIGCONT): a server that is there and does not answer.
  void freeze();
  void thaw();

  int port() const noexcept { return port_; }
  const std::string& password() const noexcept { return password_; }
  /// "redis://:password@127.0.0.1:port/0"
  std::string url() const;
  std::filesystem::path socket_path() const { return home_.socket_folder() / (options_.name + ".sock"); }
  std::filesystem::path log_file() const { return folder_ / "log"; }
  bool is_running() { return process_ && process_->is_running(); }

 private:
  PrivateRedis(const ServerHome& home, RedisOptions options, std::filesystem::path folder);
  Result<void> launch();
  bool answers() const;

  const ServerHome& home_;
  RedisOptions options_;
  std::filesystem::path folder_;
  std::string password_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace salesflow::cluster
