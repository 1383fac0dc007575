// Rig: private PostgreSQL with a streaming replica, Redis, and the service on several nodes, all as processes of their
// own that faults can be done to.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/cluster/child_process.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/cluster/redis.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/cluster/sql_session.hpp"
#include "tests/support/redis_cluster.hpp"

namespace salesflow::consistency {

struct RigOptions {
  std::string program;  // the service's binary
  int nodes = 2;
  int threads = 2;     // of a node
  std::string mutant;  // "": none
  bool redis_cluster = false;
  bool with_redis = true, with_replica = true;
  std::vector<std::pair<std::string, std::string>> environment;  // of every node, e.g. shorter times to live
};

/// Throws std::runtime_error when something does not start. Each method from one thread at a time.
class Rig {
 public:
  explicit Rig(RigOptions options);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  /// Starts the nodes and waits until they are ready. After the database was filled.
  void start_nodes();
  const std::vector<int>& ports() const { return ports_; }
  int node_count() const { return options_.nodes; }
  void signal_node(int node, int number) { nodes_.at(static_cast<std::size_t>(node))->signal(number); }
  void kill_node(int node);
  /// Starts a killed node again on its port; false when it is not ready in time.
  bool restart_node(int node);
  /// True while all nodes run; else what the first that ended has to say.
  std::optional<std::string> ended_node();
  std::string node_log(int node, std::size_t lines) const;

  /// Ends the primary, makes the replica the primary, and a new replica on the old one's port. Nothing that was
  /// acknowledged is lost: the primary ends only once the replica has all. Throws when it does not work out.
  void promote_replica();

  cluster::PrivatePostgres& postgres() { return *postgres_; }
  cluster::PrivatePostgres* replica() { return replica_.get(); }
  /// The only server, or the first of a cluster's.
  cluster::PrivateRedis* redis() { return redis_.get(); }
  test::RedisCluster* redis_cluster() { return redis_cluster_.get(); }
  /// As the superuser, on the service's database. Nullopt while PostgreSQL is away. From any thread.
  std::optional<cluster::SqlSession> connect();
  cluster::SqlSession connect_to_replica();
  /// An access token for a day.
  std::string sign(const std::string& user_id, const std::string& org_id) const;

 private:
  void launch_node(int node);
  /// With all servers that may be the primary.
  std::string database_url(cluster::Login login) const;
  bool is_ready(int node);

  const RigOptions options_;
  cluster::ServerHome home_;
  cluster::RolePasswords passwords_ = cluster::RolePasswords::random();
  std::string secret_;
  std::mutex promotion_;  // connect() meanwhile
  std::unique_ptr<cluster::PrivatePostgres> postgres_, replica_;
  std::vector<int> postgres_ports_;
  int promotions_ = 0;
  std::unique_ptr<cluster::PrivateRedis> redis_;
  std::unique_ptr<test::RedisCluster> redis_cluster_;
  std::vector<int> ports_;
  std::vector<std::unique_ptr<cluster::ChildProcess>> nodes_;
};

}  // namespace salesflow::consistency
