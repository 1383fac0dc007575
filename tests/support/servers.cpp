#include "tests/support/servers.hpp"

#include "tests/support/migrate.hpp"

namespace salesflow::test {

using cluster::PrivatePgBouncer;
using cluster::PrivatePostgres;
using cluster::PrivateRedis;

Servers& Servers::instance() {
  static Servers servers;
  return servers;
}

Servers::Servers() : home_(cluster::ServerHome::temporary().value()), passwords_(cluster::RolePasswords::random()) {}

PrivatePostgres& Servers::primary() {
  const std::lock_guard lock(mutex_);
  if (!primary_) {
    auto server = PrivatePostgres::start(home_, {.name = "primary", .connections_max = 200}).value();
    cluster::ensure_roles(*server, passwords_).value();
    primary_ = std::move(server);
  }
  return *primary_;
}

PrivatePostgres& Servers::replica() {
  const std::lock_guard lock(mutex_);
  if (!replica_) {
    // A hot standby refuses to run with fewer connections than its primary.
    replica_ = primary().make_replica({.name = "replica", .connections_max = 200}).value();
  }
  // A server ends with the thread that started it, which may have been a test's.
  if (!replica_->is_running())
    replica_->start_again().value();
  return *replica_;
}

PrivatePgBouncer& Servers::pgbouncer() {
  const std::lock_guard lock(mutex_);
  if (!pgbouncer_ || !pgbouncer_->is_running()) {
    pgbouncer_.reset();
    pgbouncer_ = PrivatePgBouncer::start(home_, primary()).value();
  }
  return *pgbouncer_;
}

PrivateRedis& Servers::redis() {
  const std::lock_guard lock(mutex_);
  if (!redis_) {
    redis_ = PrivateRedis::start(home_).value();
  }
  return *redis_;
}

void Servers::administrate(const std::string& statement) {
  const std::lock_guard lock(mutex_);
  const std::string url = primary().superuser_url();
  if (!administrator_) {
    administrator_ = cluster::SqlSession::connect(url).value();
  }
  administrator_->run(statement).value();
}

const cluster::RolePasswords& Servers::passwords() {
  return passwords_;
}
const cluster::ServerHome& Servers::home() {
  return home_;
}

const std::string& Servers::template_database() {
  const std::lock_guard lock(mutex_);
  if (template_database_.empty()) {
    const std::string name = "salesflow_template";
    cluster::ensure_database(primary(), name).value();
    migrate_up(cluster::login_url(primary(), name, cluster::Login::owner, passwords_));
    template_database_ = name;
  }
  return template_database_;
}

}  // namespace salesflow::test
