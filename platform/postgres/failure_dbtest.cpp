// What happens to requests when connections and servers die: nothing doubled, nothing half-done, nothing for ever.
#include <gtest/gtest.h>
#include <signal.h>

#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"
#include "platform/runtime/one_shot.hpp"
#include "tests/support/held_commits.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/tls.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;
using cluster::PrivatePostgres;
using cluster::SqlSession;
using test::PostgresRig;
using test::TestQuery;

enum class Way { tcp, unix_socket, tls };

/// A server of its own that may be killed, reached over TCP, over its unix socket or with TLS.
class FailureTest : public testing::TestWithParam<Way> {
 protected:
  FailureTest() {
    static int made = 0;
    cluster::PostgresOptions options;
    options.name = "failing" + std::to_string(++made);
    options.durable = true;
    server = PrivatePostgres::start(test::Servers::instance().home(), std::move(options)).value();
    SqlSession admin = session();
    admin.run("CREATE TABLE marks (id uuid, backend int4 DEFAULT pg_backend_pid())").value();
    settings.conninfo = server->superuser_url();
    if (GetParam() == Way::unix_socket)
      settings.conninfo = server->socket_url("postgres", "postgres", server->superuser_password());
    if (GetParam() == Way::tls) {
      test::offer_tls(*server);
      settings.conninfo = test::with_tls(server->superuser_url());
    }
    settings.connections = 2;
    settings.acquire_timeout = 300ms;
  }
  SqlSession session() { return SqlSession::connect(server->superuser_url()).value(); }
  RequestContext request(std::chrono::milliseconds limit = 10s) {
    RequestContext context;
    context.deadline = std::chrono::steady_clock::now() + limit;
    return context;
  }
  Task<void> write_until_stopped() {
    while (!stop) {
      RequestContext context = request();
      const Uuid id = Uuid::v7();
      auto written = co_await rig->database->write(context, insert, id);
      if (written) {
        acknowledged.push_back(id);
        EXPECT_EQ(context.written.size(), 1u);
      } else if (written.error().code == Errc::outcome_unknown) {
        unknown.push_back(id);
      } else {
        EXPECT_TRUE(written.error().code == Errc::unavailable || written.error().code == Errc::deadline_exceeded)
            << written.error().log_detail;
        refused.push_back(id);
      }
      co_await breathe();
    }
  }
  /// Lets others run, also when every request fails at once.
  Task<void> breathe() {
    OneShot<bool> woken(rig->context);
    CoarseTimer::Entry entry([&woken] { woken.set(true); });
    rig->timer.arm(entry, std::chrono::steady_clock::now());
    co_await woken.wait();
  }
  /// What was acknowledged is there once, what was refused is not, and nothing is there twice.
  void check_marks() {
    SqlSession admin = session();
    const auto times = [&](const Uuid& id) {
      return admin.run("SELECT count(*) FROM marks WHERE id = $1", {id.to_string()}).value().integer();
    };
    for (const Uuid& id : acknowledged)
      EXPECT_EQ(times(id), 1) << "acknowledged";
    for (const Uuid& id : refused)
      EXPECT_EQ(times(id), 0) << "refused";
    for (const Uuid& id : unknown)
      EXPECT_LE(times(id), 1) << "unknown";
    RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
    RecordProperty("unknown", static_cast<int>(unknown.size()));
  }
  /// A busy machine opens the first connection late.
  bool is_served() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    do {
      RequestContext context = request();
      if (rig->run(rig->database->write(context, insert, Uuid::v7())))
        return true;
    } while (std::chrono::steady_clock::now() < patience);
    return false;
  }

  std::unique_ptr<PrivatePostgres> server;
  PoolSettings settings;
  TestQuery insert{"marks.insert", "INSERT INTO marks (id) VALUES ($1)", {oid::uuid}, QueryMode::write};
  TestQuery backend{"marks.backend", "SELECT pg_backend_pid()"};
  TestQuery sleep{"marks.sleep", "SELECT pg_sleep($1)::text", {oid::float8}};
  bool stop = false;
  std::vector<Uuid> acknowledged, refused, unknown;
  std::optional<PostgresRig> rig;
};

INSTANTIATE_TEST_SUITE_P(Over, FailureTest, testing::Values(Way::tcp, Way::unix_socket, Way::tls), [](const auto& way) {
  return way.param == Way::tcp ? "Tcp" : way.param == Way::tls ? "Tls" : "Socket";
});

TEST_P(FailureTest, RepeatsReadsWhoseConnectionWasTerminated) {
  settings.acquire_timeout = 20s;  // how soon a busy machine connects again is not the question
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  SqlSession admin = session();
  int ended = 0, served = 0;
  const auto read = [&]() -> Task<void> {
    RequestContext context = request(30s);
    auto row = co_await rig->database->read_one<std::string>(context, sleep, 0.02);
    served += row.has_value();
    if (!row)
      ADD_FAILURE() << row.error().log_detail;
  };
  for (int i = 0; i < 30; ++i)
    rig->start(read(), ended);
  rig->run_until([&] { return ended >= 2; });
  admin.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'salesflow'").value();
  ASSERT_TRUE(rig->run_until([&] { return ended == 30; }));
  EXPECT_EQ(served, 30);
}

TEST_P(FailureTest, LosesAndDoublesNoWriteWhenBackendsAreTerminated) {
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  SqlSession admin = session();
  int ended = 0;
  for (int i = 0; i < 16; ++i)
    rig->start(write_until_stopped(), ended);
  for (int round = 0; round < 6; ++round) {
    const auto before = acknowledged.size();
    ASSERT_TRUE(rig->run_until([&] { return acknowledged.size() > before + 50; }));
    admin.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'salesflow'").value();
  }
  stop = true;
  ASSERT_TRUE(rig->run_until([&] { return ended == 16; }));
  check_marks();
  EXPECT_TRUE(unknown.empty()) << unknown.size();  // the server said good-bye: all can be told
}

TEST_P(FailureTest, LosesAndDoublesNoWriteWhenTheServerIsKilledAndRestarted) {
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  int ended = 0;
  for (int i = 0; i < 16; ++i)
    rig->start(write_until_stopped(), ended);
  for (int round = 0; round < 3; ++round) {
    const auto before = acknowledged.size();
    ASSERT_TRUE(rig->run_until([&] { return acknowledged.size() > before + 50; }));
    if (round == 2) {
      server->stop(cluster::StopMode::immediate);
    } else {
      server->kill_hard();
    }
    rig->run_until([] { return false; }, 300ms);
    ASSERT_TRUE(server->start_again());
    const auto back = std::chrono::steady_clock::now();
    const auto at_restart = acknowledged.size();
    ASSERT_TRUE(rig->run_until([&] { return acknowledged.size() > at_restart; }));
    EXPECT_LT(std::chrono::steady_clock::now() - back, 3s);
  }
  stop = true;
  ASSERT_TRUE(rig->run_until([&] { return ended == 16; }));
  check_marks();
}

TEST_P(FailureTest, LosesAndDoublesNoWriteWhenOneBackendCrashes) {
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  int ended = 0;
  for (int i = 0; i < 16; ++i)
    rig->start(write_until_stopped(), ended);
  for (int round = 0; round < 3; ++round) {
    const auto before = acknowledged.size();
    ASSERT_TRUE(rig->run_until([&] { return acknowledged.size() > before + 50; }, 30s));
    // The server may still be recovering from the round before.
    std::int64_t pid = 0;
    ASSERT_TRUE(test::wait_until([&] {
      auto admin = SqlSession::connect(server->superuser_url());
      if (!admin) {
        return false;
      }
      const auto found = admin->run("SELECT pid FROM pg_stat_activity WHERE application_name = 'salesflow' LIMIT 1");
      pid = found && !found->empty() ? found->integer() : 0;
      return pid != 0;
    }));
    ::kill(static_cast<pid_t>(pid), SIGKILL);  // the server restarts all its processes
  }
  stop = true;
  ASSERT_TRUE(rig->run_until([&] { return ended == 16; }));
  ASSERT_TRUE(test::wait_until([&] { return SqlSession::connect(server->superuser_url()).has_value(); }));
  check_marks();
}

TEST_P(FailureTest, AnswersUnavailableWhileTheServerIsDownAndServesSoonAfter) {
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  server->stop(cluster::StopMode::fast);
  for (int i = 0; i < 3; ++i) {
    RequestContext context = request();
    const auto started = std::chrono::steady_clock::now();
    const auto error = rig->run(rig->database->read_one<std::int32_t>(context, backend)).error();
    EXPECT_EQ(error.code, Errc::unavailable);
    EXPECT_EQ(error.retry_after_s, 1);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);
  }
  rig->run_until([] { return false; }, 3s);  // long enough for the pauses to have grown
  ASSERT_TRUE(server->start_again());
  const auto back = std::chrono::steady_clock::now();
  ASSERT_TRUE(rig->run_until([&] { return is_served(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - back, 3s);
}

TEST_P(FailureTest, AsksWhatBecameOfACommitThatWasLost) {
  rig.emplace(settings);
  SqlSession admin = session();
  for (const bool hold_commit : {false, true}) {
    RequestContext context = request();
    auto transaction = rig->run(rig->database->begin_transaction(context)).value();
    const Uuid id = Uuid::v7();
    ASSERT_TRUE(rig->run(transaction->run(insert.bind(id))));
    const auto pid =
        admin.run("SELECT pid FROM pg_locks WHERE locktype = 'transactionid' AND granted AND pid <> pg_backend_pid()")
            .value();
    ASSERT_FALSE(pid.empty());
    if (hold_commit) {
      // Terminated before it commits.
      admin.run("SELECT pg_terminate_backend($1)", {pid.value()}).value();
      ASSERT_TRUE(test::wait_until(
          [&] { return admin.run("SELECT 1 FROM pg_stat_activity WHERE pid = $1", {pid.value()}).value().empty(); }));
      EXPECT_EQ(rig->run(transaction->commit()).error().code, Errc::unavailable);
      EXPECT_TRUE(context.written.empty());
      EXPECT_EQ(admin.run("SELECT count(*) FROM marks WHERE id = $1", {id.to_string()}).value().integer(), 0);
    } else {
      ASSERT_TRUE(rig->run(transaction->commit()));
      EXPECT_EQ(admin.run("SELECT count(*) FROM marks WHERE id = $1", {id.to_string()}).value().integer(), 1);
    }
  }
}

TEST_P(FailureTest, KnowsACommitWhoseAnswerWasLost) {
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  SqlSession admin = session();
  // A commit that waits for a standby that does not exist has happened already; its backend is ended in that wait.
  const auto end_the_waiting = [&] {
    return !admin.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                .value()
                .empty();
  };
  const auto times = [&](const Uuid& id) {
    return admin.run("SELECT count(*) FROM marks WHERE id = $1", {id.to_string()}).value().integer();
  };
  test::hold_commits(*server);

  int ended = 0;
  RequestContext alone = request(), together = request();
  const Uuid first = Uuid::v7(), second = Uuid::v7();
  std::optional<Error> answer;
  const auto write = [&]() -> Task<void> {
    auto written = co_await rig->database->write(alone, insert, first);
    if (!written) {
      answer = written.error();
    }
  };
  rig->start(write(), ended);
  ASSERT_TRUE(rig->run_until(end_the_waiting));
  ASSERT_TRUE(rig->run_until([&] { return ended == 1; }));
  // The server's good-bye carried the results with it; only the commit had to be asked for. Not repeated: once.
  EXPECT_FALSE(answer) << answer->log_detail;
  EXPECT_EQ(alone.written.size(), 1u);
  EXPECT_EQ(times(first), 1);

  bool committed = false;
  const auto body = [&] { return rig->database->write(together, insert, second); };
  const auto commit = [&]() -> Task<void> {
    committed = (co_await rig->database->in_transaction(together, body)).has_value();
  };
  rig->start(commit(), ended);
  ASSERT_TRUE(rig->run_until(end_the_waiting));
  ASSERT_TRUE(rig->run_until([&] { return ended == 2; }));
  EXPECT_TRUE(committed);
  EXPECT_EQ(together.written.size(), 1u);
  EXPECT_EQ(times(second), 1);
}

TEST_P(FailureTest, RepeatsAWriteThatIsKnownNotToBeCommitted) {
  rig.emplace(settings);
  ASSERT_TRUE(is_served());
  SqlSession admin = session();
  const TestQuery slow("marks.slow", "INSERT INTO marks (id) SELECT $1 FROM pg_sleep(0.3)", {oid::uuid},
                       QueryMode::write);
  int ended = 0;
  bool written = false;
  RequestContext context = request();
  const Uuid id = Uuid::v7();
  const auto write = [&]() -> Task<void> { written = (co_await rig->database->write(context, slow, id)).has_value(); };
  rig->start(write(), ended);
  ASSERT_TRUE(rig->run_until([&] {
    return !admin.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                .value()
                .empty();
  }));
  ASSERT_TRUE(rig->run_until([&] { return ended == 1; }));
  EXPECT_TRUE(written);
  EXPECT_EQ(admin.run("SELECT count(*) FROM marks WHERE id = $1", {id.to_string()}).value().integer(), 1);
}

}  // namespace
}  // namespace salesflow::postgres
