// One private primary, replica, PgBouncer and Redis per test program, each started when first asked for.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "platform/cluster/pgbouncer.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/cluster/redis.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/cluster/sql_session.hpp"

namespace salesflow::test {

/// Throws when a server cannot be started, with its log's tail. All of them end with the program, however it ends.
/// A test that stops, freezes or reconfigures a server starts one of its own in home().
class Servers {
 public:
  static Servers& instance();

  cluster::PrivatePostgres& primary();
  cluster::PrivatePostgres& replica();
  cluster::PrivatePgBouncer& pgbouncer();
  cluster::PrivateRedis& redis();
  /// Passwords of the service's roles on the primary (and so on the replica and PgBouncer).
  const cluster::RolePasswords& passwords();
  /// The migrated database that TestDatabase clones; made on first use.
  const std::string& template_database();
  /// One superuser session on the primary for CREATE and DROP DATABASE; throws with PostgreSQL's message.
  void administrate(const std::string& statement);
  /// Where a test may start servers of its own, under names that no one else uses.
  const cluster::ServerHome& home();

  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;

 private:
  Servers();

  std::recursive_mutex mutex_;
  cluster::ServerHome home_;
  cluster::RolePasswords passwords_;
  std::string template_database_;
  std::unique_ptr<cluster::PrivatePostgres> primary_, replica_;
  std::optional<cluster::SqlSession> administrator_;
  std::unique_ptr<cluster::PrivatePgBouncer> pgbouncer_;
  std::unique_ptr<cluster::PrivateRedis> redis_;
};

}  // namespace salesflow::test
