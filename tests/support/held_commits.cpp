#include "tests/support/held_commits.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "platform/cluster/sql_session.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {

using cluster::SqlSession;

void hold_commits(cluster::PrivatePostgres& server) {
  auto admin = SqlSession::connect(server.superuser_url()).value();
  admin.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").value();
  admin.run("SELECT pg_reload_conf()").value();
  const auto waits = [&] {
    auto other = SqlSession::connect(server.superuser_url()).value();
    const std::string pid = other.run("SELECT pg_backend_pid()").value().value();
    std::atomic<bool> ended{false};
    std::thread commit([&] {
      (void)other.run("SELECT pg_logical_emit_message(true, 'a commit', 'to be watched')");
      ended = true;
    });
    bool waiting = false;
    const bool known = wait_until([&] {
      waiting =
          !admin.run("SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'", {pid}).value().empty();
      return waiting || ended;
    });
    (void)admin.run("SELECT pg_terminate_backend($1)", {pid});
    commit.join();
    return known && waiting;
  };
  if (!wait_until(waits, std::chrono::minutes(1)))
    throw std::runtime_error("commits do not wait for a standby");
}

}  // namespace salesflow::test
