// A private PostgreSQL 15 server as an object: demo, tests and benches own one and nothing of the system's is touched.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/cluster/child_process.hpp"
#include "platform/cluster/server_home.hpp"
#include "platform/core/result.hpp"

namespace salesflow::cluster {

struct PostgresOptions {
  std::string name = "primary";  // folder in the home
  bool durable = false;          // false: no fsync, stops at once; for data nobody will miss
  int shared_buffers_mib = 0;    // 0: an eighth of the memory, 64..512
  int connections_max = 100;
  int port = 0;                                                 // 0: a free one, kept until the object is gone
  std::vector<std::pair<std::string, std::string>> settings{};  // into postgresql.conf after ours: the last one wins
  std::chrono::milliseconds start_timeout{60'000};              // recovery after a crash included
};

enum class StopMode {
  fast,       // clients are disconnected, a checkpoint is written
  immediate,  // recovery at the next start
};

/// Listens on 127.0.0.1 and on a unix socket, both with scram-sha-256 for everybody: never trust. The superuser is
/// `postgres` with a random password in `<home>/<name>/password` (0600). All text in UTF-8, locale C.UTF-8, time zone
/// UTC. The server dies with this process, however that dies. Blocking; one thread at a time.
class PrivatePostgres {
 public:
  /// Starts the cluster in `home`, made by initdb on first use (was_created()). `home` must outlive the object.
  /// Cost: 0.1 s, with initdb 0.5..1.5 s. Errors: unavailable with the log's tail, conflict for data of another
  /// PostgreSQL version.
  static Result<std::unique_ptr<PrivatePostgres>> start(const ServerHome& home, PostgresOptions options = {});
  /// Stops the server: fast when durable, else at once; SIGKILL when that takes too long.
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  /// A streaming replica (hot standby) of this server under another name, by pg_basebackup, with a slot of its own.
  /// It answers when this returns; how far it has replayed is the caller's question. This object must outlive it.
  Result<std::unique_ptr<PrivatePostgres>> make_replica(PostgresOptions options = {.name = "replica"});

  bool is_running();
  void stop(StopMode mode = StopMode::fast);
  /// Starts a stopped or killed server again, on the same port.
  Result<void> start_again();
  Result<void> restart(StopMode mode = StopMode::fast);
  /// SIGKILL to the postmaster and all its processes, as a crash of the machine does. Returns when all are gone.
  void kill_hard();

  bool was_created() const noexcept { return created_; }
  int port() const noexcept { return port_; }
  const std::filesystem::path& socket_folder() const noexcept { return home_.socket_folder(); }
  std::filesystem::path data_folder() const { return folder_ / "data"; }
  std::filesystem::path log_file() const { return folder_ / "log"; }
  const std::string& superuser_password() const noexcept { return password_; }
  pid_t pid() const noexcept { return process_ ? process_->pid() : -1; }

  /// URIs that libpq, JDBC, asyncpg and PgBouncer read. TCP on loopback:
  std::string url(std::string_view database, std::string_view role, std::string_view password) const;
  /// The same over the unix socket (libpq only).
  std::string socket_url(std::string_view database, std::string_view role, std::string_view password) const;
  std::string superuser_url(std::string_view database = "postgres") const;

 private:
  PrivatePostgres(const ServerHome& home, PostgresOptions options, std::filesystem::path folder);
  SpawnOptions tool(std::string program, std::vector<std::string> arguments) const;
  Result<void> init_cluster();
  Result<void> check_version() const;
  Result<void> write_configuration() const;
  Result<void> launch();
  void await_previous_owner(std::chrono::steady_clock::time_point deadline) const;

  const ServerHome& home_;
  PostgresOptions options_;
  std::filesystem::path folder_;
  std::string password_;
  int port_ = 0;
  bool created_ = false;
  std::unique_ptr<ChildProcess> process_;
};

/// A TCP port on 127.0.0.1 that was free a moment ago; 0 when there is none.
int free_port();

/// The absolute path of a program: PostgreSQL 15's own folder, then the usual ones. Errors: unavailable, naming it and
/// script/bootstrap.
Result<std::string> find_program(std::string_view name);

/// `text` for use inside a URI: everything but letters, digits and -._~ becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace salesflow::cluster
