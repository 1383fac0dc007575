// What `salesflow demo` keeps under .salesflow/: a private PostgreSQL with data, and the secrets to it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "platform/cluster/postgres.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/cluster/server_home.hpp"
#include "platform/core/config.hpp"

namespace salesflow::apps {

struct DemoOptions {
  std::filesystem::path folder = ".salesflow";
  std::int64_t events = 100'000;
  std::int64_t users = 200;
  std::uint64_t seed = 1;
  bool fresh = false;  // throws away what an earlier start made
};

/// A running private cluster with a migrated database full of generated data. Its destructor stops the cluster.
///   folder/servers (or where folder/servers.path points)  the cluster
///   folder/roles, jwt-secret, demo-password               secrets, mode 0600
///   folder/data.json                                      what was generated; written after the load's commit
///   folder/env                                            settings for the other verbs, mode 0600
class DemoSite {
 public:
  /// Starts, migrates, generates on first use; tells on stderr what it does. Errors: conflict when another process uses
  /// the folder, unavailable with the reason otherwise.
  static Result<std::unique_ptr<DemoSite>> prepare(const DemoOptions& options);

  cluster::PrivatePostgres& server() { return *server_; }
  std::string url(cluster::Login login) const;
  std::string public_url(int port) const;
  const std::string& email() const noexcept { return email_; }
  const std::string& password() const noexcept { return password_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }
  std::filesystem::path log_file() const { return folder_ / "server.log"; }
  bool reused_data() const noexcept { return reused_data_; }

  /// The server's settings for this site, before the environment's.
  ConfigReader settings(int port) const;
  /// Writes folder/env, for `set -a; . .salesflow/env` and other verbs.
  Result<void> write_environment(int port) const;

 private:
  DemoSite(std::filesystem::path folder, cluster::ServerHome home)
      : folder_(std::move(folder)), home_(std::move(home)) {}
  void forget_everything();
  Result<void> start_cluster();
  Result<void> migrate();
  Result<void> generate(const DemoOptions& options);
  Result<void> repair_password();
  std::vector<std::pair<std::string, std::string>> variables(int port) const;

  std::filesystem::path folder_;
  cluster::ServerHome home_;
  std::unique_ptr<cluster::PrivatePostgres> server_;  // after home_, so that it stops before
  cluster::RolePasswords roles_;
  std::string email_ = "demo@salesflow.example";
  std::string password_, jwt_secret_;
  bool reused_data_ = false;
};

}  // namespace salesflow::apps
