// Reads on real streaming standbys: which is asked, what its answer must contain, and what its end costs.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "platform/postgres/database.hpp"
#include "platform/postgres/replica_observer.hpp"
#include "platform/postgres/replica_settings.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;
using cluster::PrivatePostgres;
using cluster::SqlSession;
using std::chrono::microseconds;
using std::chrono::steady_clock;
using test::PostgresRig;
using test::TestQuery;

constexpr auto unknown = microseconds::max();

/// What a pool told of its replicas.
class Told final : public Observer, public ReplicaObserver {
 public:
  void on_replica_read(std::string_view target) override { ++reads[std::string(target)]; }
  void on_sent_on(std::string_view reason) override { ++reasons[std::string(reason)]; }
  void on_replica_lag(std::string_view replica, microseconds lag) override { lags[std::string(replica)] = lag; }
  std::map<std::string, int> reads, reasons;
  std::map<std::string, microseconds> lags;
};

std::string name_of(PrivatePostgres& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

/// A primary and two standbys for all of these tests; each test leaves them running and replaying.
class ReplicasTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const cluster::ServerHome& home = test::Servers::instance().home();
    primary = PrivatePostgres::start(home, {.name = "followed"}).value();
    a = primary->make_replica({.name = "follower_a"}).value();
    b = primary->make_replica({.name = "follower_b"}).value();
    session(*primary).run("CREATE TABLE marks (id uuid)").value();
  }
  static void TearDownTestSuite() {
    b.reset();
    a.reset();
    primary.reset();
  }
  ReplicasTest() {
    settings.conninfo = primary->superuser_url();
    settings.replica_conninfo = a->superuser_url() + "," + b->superuser_url();
    settings.connections = 1;
    settings.acquire_timeout = 10s;
    settings.replicas.wait = 400ms;  // a busy machine answers late; tests of the wait say how long it is
  }
  ~ReplicasTest() override {
    rig.reset();
    for (PrivatePostgres* server : {a.get(), b.get()}) {
      EXPECT_TRUE(server->start_again());
      session(*server).run("SELECT pg_wal_replay_resume()").value();
    }
  }

  /// Until every replica of the settings that works answers.
  void start(std::set<std::string> answering) {
    rig.emplace(settings, &told);
    std::set<std::string> seen;
    EXPECT_TRUE(rig->run_until([&] {
      seen.insert(answered_by());
      return std::includes(seen.begin(), seen.end(), answering.begin(), answering.end());
    }));
  }
  void start() { start({name_of(*a), name_of(*b)}); }

  RequestContext request(std::chrono::milliseconds lag_max = 60s) {
    RequestContext context;
    context.deadline = steady_clock::now() + 30s;
    context.read_target = ReadTarget::replica_allowed;
    context.replica_lag_max = lag_max;
    return context;
  }
  /// Whose answer it was, as host:port.
  std::string answered_by(RequestContext& context) {
    context.snapshot.clear();
    auto row = rig->run(rig->database->read_one<std::int32_t>(context, port));
    EXPECT_TRUE(row) << row.error().log_detail;
    return row && *row ? "127.0.0.1:" + std::to_string(**row) : "nobody";
  }
  std::string answered_by(std::chrono::milliseconds lag_max = 60s) {
    RequestContext context = request(lag_max);
    return answered_by(context);
  }
  std::map<std::string, int> answers(int count, std::chrono::milliseconds lag_max = 60s) {
    std::map<std::string, int> by;
    for (int i = 0; i < count; ++i)
      ++by[answered_by(lag_max)];
    return by;
  }
  void write(RequestContext& context) {
    ASSERT_TRUE(rig->run(rig->database->write(context, insert, Uuid::v7())));
    ASSERT_FALSE(context.written.empty());
    EXPECT_NE(context.written.back().lsn, 0u);
  }
  void write() {
    RequestContext context = request();
    write(context);
  }
  bool turn_until(const std::function<bool()>& condition) { return rig->run_until(condition); }
  void turn_for(std::chrono::milliseconds time) {
    rig->run_until([] { return false; }, time);
  }

  static SqlSession session(PrivatePostgres& server) { return SqlSession::connect(server.superuser_url()).value(); }
  static void pause(PrivatePostgres& server) {
    SqlSession standby = session(server);
    standby.run("SELECT pg_wal_replay_pause()").value();  // asks for it
    EXPECT_TRUE(test::wait_until(
        [&] { return standby.run("SELECT pg_get_wal_replay_pause_state()").value().value() == "paused"; }));
  }
  static void resume(PrivatePostgres& server) { session(server).run("SELECT pg_wal_replay_resume()").value(); }
  /// The postmaster and all its backends.
  static void signal_all(PrivatePostgres& server, int number) {
    const std::string pid = std::to_string(server.pid());
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (pid_t child = 0; children >> child;)
      ::kill(child, number);
    ::kill(server.pid(), number);
  }

  static inline std::unique_ptr<PrivatePostgres> primary, a, b;
  TestQuery port{"marks.port", "SELECT inet_server_port()"};
  TestQuery slow_port{"marks.slow_port", "SELECT inet_server_port() FROM pg_sleep($1)", {oid::float8}};
  TestQuery insert{"marks.insert", "INSERT INTO marks (id) VALUES ($1)", {oid::uuid}, QueryMode::write};
  PoolSettings settings;
  Told told;
  std::optional<PostgresRig> rig;
};

TEST_F(ReplicasTest, EqualReplicasAnswerInTurns) {
  start();
  ASSERT_TRUE(turn_until([&] { return told.lags[name_of(*a)] == 0us && told.lags[name_of(*b)] == 0us; }));
  const auto by = answers(20);
  EXPECT_GE(by.at(name_of(*a)), 5);
  EXPECT_GE(by.at(name_of(*b)), 5);
  EXPECT_EQ(by.size(), 2u);
  EXPECT_GT(told.reads[name_of(*a)], 0);
}

TEST_F(ReplicasTest, OnlyReadsThatAllowItAreAnsweredByReplicas) {
  start();
  RequestContext context = request();
  context.read_target = ReadTarget::primary;
  EXPECT_EQ(answered_by(context), name_of(*primary));
  EXPECT_EQ(answered_by(0ms), name_of(*primary)) << "how old an answer may be was not said";
}

TEST_F(ReplicasTest, TheLeastLaggingIsAsked) {
  start();
  pause(*a);
  write();
  ASSERT_TRUE(turn_until([&] { return told.lags[name_of(*a)] > 0us && told.lags[name_of(*b)] == 0us; }));
  EXPECT_EQ(answers(10), (std::map<std::string, int>{{name_of(*b), 10}}));
  resume(*a);
  ASSERT_TRUE(turn_until([&] { return told.lags[name_of(*a)] == 0us && told.lags[name_of(*b)] == 0us; }));
  EXPECT_EQ(answers(10).size(), 2u);
}

TEST_F(ReplicasTest, AQuietPrimaryMakesNoReplicaOld) {
  start();
  turn_for(3s);
  EXPECT_EQ(told.lags[name_of(*a)], 0us);
  EXPECT_NE(answered_by(2s), name_of(*primary));
}

TEST_F(ReplicasTest, OlderThanAllowedIsThePrimarysToAnswer) {
  start();
  pause(*a);
  pause(*b);
  RequestContext writer = request();
  write(writer);
  ASSERT_TRUE(turn_until([&] { return answered_by(1s) == name_of(*primary); }));
  EXPECT_EQ(answers(5, 1s), (std::map<std::string, int>{{name_of(*primary), 5}}));
  EXPECT_GT(told.reasons["lag"], 0);
  EXPECT_TRUE(turn_until([&] { return told.lags[name_of(*a)] > 500ms; }));
  // What may be older still comes from a replica, without what was written.
  RequestContext patient = request(1h);
  EXPECT_NE(answered_by(patient), name_of(*primary));
  EXPECT_TRUE(patient.snapshot.ends_with(":")) << patient.snapshot;
  resume(*a);
  resume(*b);
  EXPECT_TRUE(turn_until([&] { return answered_by(1s) != name_of(*primary); }));
}

TEST_F(ReplicasTest, OwnWritesAreWaitedForBriefly) {
  settings.replicas.wait = 50ms;
  start();
  pause(*a);
  pause(*b);
  RequestContext context = request();
  write(context);
  for (int i = 0; i < 3; ++i) {
    const auto began = steady_clock::now();
    EXPECT_EQ(answered_by(context), name_of(*primary));
    EXPECT_LT(steady_clock::now() - began, 1s);
  }
  // The client brings its stamp with the next request.
  RequestContext next = request();
  next.seen = context.written;
  EXPECT_EQ(answered_by(next), name_of(*primary));
  EXPECT_GT(told.reasons["behind"], 0);
  EXPECT_TRUE(turn_until([&] { return answered_by() != name_of(*primary); })) << "strangers need not wait";
  resume(*a);
  resume(*b);
  EXPECT_TRUE(turn_until([&] { return answered_by(next) != name_of(*primary); }));
}

TEST_F(ReplicasTest, AReplicaThatCatchesUpInTimeAnswers) {
  settings.replicas.wait = 1s;
  start();
  pause(*a);
  pause(*b);
  RequestContext context = request();
  write(context);
  int ended = 0;
  std::string by;
  const auto read = [&]() -> Task<void> {
    auto row = co_await rig->database->read_one<std::int32_t>(context, port);
    by = "127.0.0.1:" + std::to_string(row && *row ? **row : 0);
  };
  rig->start(read(), ended);
  turn_for(100ms);
  EXPECT_EQ(ended, 0) << by;
  resume(*b);
  ASSERT_TRUE(turn_until([&] { return ended == 1; }));
  EXPECT_EQ(by, name_of(*b));
}

TEST_F(ReplicasTest, StampsThatCannotBeComparedAreForThePrimaryAndForeignOnesForNobody) {
  start();
  RequestContext context = request();
  context.seen = {{.cluster = 12345, .xid = 999'999'999, .lsn = ~0ULL}};
  EXPECT_NE(answered_by(context), name_of(*primary));
  write(context);
  ASSERT_TRUE(turn_until([&] { return answered_by(context) != name_of(*primary); }));
  context.written[0].lsn = 0;
  EXPECT_EQ(answered_by(context), name_of(*primary));
  EXPECT_EQ(told.reasons["no_lsn"], 1);
}

TEST_F(ReplicasTest, AKilledReplicaCostsNoAnswer) {
  start();
  int ended = 0, served = 0;
  bool stop = false;
  const auto read_on = [&]() -> Task<void> {
    while (!stop) {
      RequestContext context = request();
      const auto began = steady_clock::now();
      auto row = co_await rig->database->read_one<std::int32_t>(context, slow_port, 0.01);
      served += row.has_value();
      if (!row)
        ADD_FAILURE() << row.error().log_detail;
      EXPECT_LT(steady_clock::now() - began, 3s);
    }
  };
  for (int i = 0; i < 4; ++i)
    rig->start(read_on(), ended);
  ASSERT_TRUE(turn_until([&] { return served > 50; }));
  a->kill_hard();
  b->stop(cluster::StopMode::fast);
  const int before = served;
  ASSERT_TRUE(turn_until([&] { return served > before + 50; }));
  ASSERT_TRUE(a->start_again());
  const auto again = told.reads[name_of(*a)];
  EXPECT_TRUE(turn_until([&] { return told.reads[name_of(*a)] > again; })) << "it is used again";
  stop = true;
  ASSERT_TRUE(turn_until([&] { return ended == 4; }));
}

TEST_F(ReplicasTest, AReplicaThatStandsStillIsLeftWithinItsTime) {
  settings.replica_conninfo = a->superuser_url();
  settings.replicas.wait = 50ms;
  start({name_of(*a)});
  int ended = 0;
  std::string by;
  const auto read = [&]() -> Task<void> {
    RequestContext context = request();
    auto row = co_await rig->database->read_one<std::int32_t>(context, slow_port, 0.2);
    by = row && *row ? "127.0.0.1:" + std::to_string(**row) : row.error().log_detail;
  };
  // It takes its time, but it lives: nobody else is asked.
  ASSERT_TRUE(turn_until([&] { return answered_by() == name_of(*a); }));
  rig->start(read(), ended);
  turn_for(50ms);  // it runs now
  signal_all(*a, SIGSTOP);
  const auto stopped = steady_clock::now();
  ASSERT_TRUE(turn_until([&] { return ended == 1; }));
  EXPECT_EQ(by, name_of(*primary));
  EXPECT_LT(steady_clock::now() - stopped, 2s);
  EXPECT_EQ(told.reasons["silent"], 1);
  for (int i = 0; i < 20; ++i) {
    const auto began = steady_clock::now();
    EXPECT_EQ(answered_by(), name_of(*primary));
    EXPECT_LT(steady_clock::now() - began, 1s);
  }
  EXPECT_LE(told.reasons["silent"], 3) << "it is not asked again and again";
  signal_all(*a, SIGCONT);
  EXPECT_TRUE(turn_until([&] { return answered_by() == name_of(*a); }));
}

TEST_F(ReplicasTest, AnAnswerMayTakeLongerThanTheWaitOfALivingReplica) {
  settings.replica_conninfo = a->superuser_url();
  start({name_of(*a)});
  RequestContext context = request();
  const auto row = rig->run(rig->database->read_one<std::int32_t>(context, slow_port, 1.5));
  ASSERT_TRUE(row);
  EXPECT_EQ(**row, a->port());
}

TEST_F(ReplicasTest, APromotedReplicaIsNotAskedAnyMore) {
  auto c = primary->make_replica({.name = "follower_c"}).value();
  settings.replica_conninfo = c->superuser_url();
  start({name_of(*c)});
  session(*c).run("SELECT pg_promote()").value();
  const auto by = answers(20);
  EXPECT_EQ(by, (std::map<std::string, int>{{name_of(*primary), 20}}));
  turn_for(600ms);  // probes came and went
  EXPECT_EQ(answers(5), (std::map<std::string, int>{{name_of(*primary), 5}}));
  EXPECT_EQ(told.lags[name_of(*c)], unknown);

  // It is a primary of its own now. A standby of the old one is not its standby, one of its own is.
  auto d = c->make_replica({.name = "follower_d"}).value();
  settings.conninfo = c->superuser_url();
  settings.replica_conninfo = a->superuser_url() + " " + d->superuser_url();
  start({name_of(*d)});
  EXPECT_EQ(answers(20), (std::map<std::string, int>{{name_of(*d), 20}}));
  EXPECT_EQ(told.reads[name_of(*a)], 0);
}

TEST_F(ReplicasTest, AStandbyThatFollowsTheNewPrimaryIsUsedAgain) {
  // One behind the other: when the middle one takes over, the last one follows it with the connections that it has.
  const cluster::ServerHome& home = test::Servers::instance().home();
  auto first = PrivatePostgres::start(home, {.name = "first", .settings = {{"full_page_writes", "on"}}}).value();
  auto second = first->make_replica({.name = "second"}).value();
  auto third = second->make_replica({.name = "third"}).value();
  settings.conninfo = first->superuser_url();
  settings.conninfo.replace(settings.conninfo.find(name_of(*first)), name_of(*first).size(),
                            name_of(*first) + "," + name_of(*second));
  settings.conninfo += "?target_session_attrs=read-write";
  settings.replica_conninfo = third->superuser_url();
  start({name_of(*third)});
  first->kill_hard();
  session(*second).run("SELECT pg_promote()").value();
  // A standby's own control file tells of its timeline, from its next restart point on.
  EXPECT_TRUE(rig->run_until(
      [&] {
        session(*second).run("CHECKPOINT").value();
        session(*third).run("CHECKPOINT").value();
        return answered_by() == name_of(*third);
      },
      60s));
  EXPECT_EQ(answers(10), (std::map<std::string, int>{{name_of(*third), 10}}));
}

TEST_F(ReplicasTest, AServerIsNoPrimaryBeforeItIsPromoted) {
  auto c = primary->make_replica({.name = "promoted_later"}).value();
  settings.conninfo = c->superuser_url();
  settings.replica_conninfo.clear();
  settings.acquire_timeout = 200ms;
  rig.emplace(settings, &told);
  RequestContext early = request();
  const auto refused = rig->run(rig->database->read_one<std::int32_t>(early, port));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  session(*c).run("SELECT pg_promote()").value();
  RequestContext context = request();
  ASSERT_TRUE(
      rig->run_until([&] { return rig->run(rig->database->write(context, insert, Uuid::v7())).has_value(); }, 20s));
  const auto told_by_the_first = context.written.at(0).cluster;
  // Connections that were opened during recovery would go on under the timeline of before.
  rig.emplace(settings, &told);
  RequestContext later = request();
  ASSERT_TRUE(
      rig->run_until([&] { return rig->run(rig->database->write(later, insert, Uuid::v7())).has_value(); }, 20s));
  EXPECT_EQ(told_by_the_first, later.written.at(0).cluster);
}

TEST_F(ReplicasTest, ASilentHostDoesNotKeepTheOthersAway) {
  // The kernel takes its connections, and nobody answers them.
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent, 64), 0);
  socklen_t length = sizeof address;
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string both = "127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "," + name_of(*primary);
  settings.conninfo.replace(settings.conninfo.find(name_of(*primary)), name_of(*primary).size(), both);
  settings.replica_conninfo.clear();
  settings.connect_timeout = 500ms;
  rig.emplace(settings, &told);
  RequestContext context = request();
  EXPECT_TRUE(
      rig->run_until([&] { return rig->run(rig->database->write(context, insert, Uuid::v7())).has_value(); }, 30s));
  ::close(silent);
}

TEST_F(ReplicasTest, AWrongUrlAndAStrangersReplicaCostNothing) {
  PrivatePostgres& strangers = test::Servers::instance().replica();
  const std::string nobody = "postgresql://postgres:x@127.0.0.1:" + std::to_string(cluster::free_port()) + "/postgres";
  settings.replica_conninfo = nobody + ", " + strangers.superuser_url() + ", " + b->superuser_url();
  start({name_of(*b)});
  EXPECT_EQ(answers(20), (std::map<std::string, int>{{name_of(*b), 20}}));
  EXPECT_EQ(told.lags[name_of(strangers)], unknown);
}

TEST_F(ReplicasTest, AStatementThatOnlyThePrimaryCanRunIsRunThere) {
  start();
  // A standby refuses it: it assigns a transaction's id.
  const TestQuery refused("marks.refused", "SELECT inet_server_port() WHERE pg_current_xact_id() IS NOT NULL");
  RequestContext context = request();
  const auto row = rig->run(rig->database->read_one<std::int32_t>(context, refused));
  ASSERT_TRUE(row) << row.error().log_detail;
  EXPECT_EQ(**row, primary->port());
  EXPECT_EQ(told.reasons["failed"], 1);
}

}  // namespace
}  // namespace salesflow::postgres
