// The data a bench runs on: a private PostgreSQL under .salesflow/bench that keeps its databases, so that a second run
// is quick; filled by the generator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/progress.hpp"
#include "generator/population.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/cluster/server_home.hpp"
#include "platform/cluster/sql_session.hpp"

namespace salesflow::bench {

using cluster::Login;

struct DatasetOptions {
  bool autovacuum = false;  // off for benches: we vacuum once, after filling, and nothing disturbs the rounds
};

/// Owns the cluster; stopped when the object goes. Failures throw std::runtime_error.
class Dataset {
 public:
  /// Starts the cluster in `folder`: durable, jit off, large checkpoints, a quarter of the memory (at most 2 GiB) as
  /// shared buffers.
  explicit Dataset(const std::filesystem::path& folder, DatasetOptions options = {});

  /// The name of a database with that many events, vacuumed and loaded into memory. Made when missing, and again when
  /// migrations or generator changed since. Cost: about 10 s for 100 k events the first time, then a read of its pages.
  std::string prepare(std::int64_t events, Progress& progress);
  /// The same for a database of any name and content.
  void prepare(const std::string& name, generator::Options options, Progress& progress);

  /// A copy of a prepared database to write to; an older copy of that name is dropped first.
  void copy(std::string_view from, std::string_view to);
  void drop(std::string_view database);

  std::string url(std::string_view database, Login login) const;
  cluster::SqlSession connect(std::string_view database, Login login) const;
  cluster::PrivatePostgres& server() { return *server_; }
  /// For other servers beside it.
  const cluster::ServerHome& home() const { return home_; }
  /// The postmaster, whose children are all backends.
  pid_t pid() const { return server_->pid(); }

  /// For the whole cluster, existing connections included; returns when new sessions see it.
  void set_synchronous_commit(bool on);

 private:
  bool is_current(std::string_view database, const std::string& fingerprint) const;

  cluster::ServerHome home_;
  std::unique_ptr<cluster::PrivatePostgres> server_;
  cluster::RolePasswords passwords_;
};

/// Changes whenever migrations or the generator change: a hash over the names and contents of their sources.
std::string data_fingerprint(const std::filesystem::path& source_folder);

/// The released program.
std::string salesflow_program();

}  // namespace salesflow::bench
