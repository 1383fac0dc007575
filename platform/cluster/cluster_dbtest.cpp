#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "platform/cluster/pgbouncer.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/cluster/redis.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::cluster {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

bool eventually(const std::function<bool()>& condition, milliseconds deadline = milliseconds(10'000)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

/// A folder that goes with the test.
struct ScratchFolder {
  fs::path path = fs::path("/tmp") / ("salesflow-scratch-" + random_hex(8));
  explicit ScratchFolder(fs::perms mode = fs::perms(0711)) {
    fs::create_directory(path);
    fs::permissions(path, mode);
  }
  ~ScratchFolder() {
    const std::string elsewhere = read_small_file(path / "servers.path");
    std::error_code ignored;
    if (elsewhere.starts_with("/var/tmp/salesflow-")) {
      fs::remove_all(elsewhere, ignored);
    }
    fs::remove_all(path, ignored);
  }
};

std::string ask(const std::string& url, const std::string& sql) {
  auto session = SqlSession::connect(url);
  if (!session) {
    return "error: " + session.error().public_detail;
  }
  auto rows = session->run(sql);
  return rows ? (rows->empty() ? "" : rows->value()) : "error: " + rows.error().log_detail;
}

TEST(PrivatePostgres, AnswersOverTcpAndSocketToWhoeverKnowsThePasswordOnly) {
  const auto home = ServerHome::temporary().value();
  auto server = PrivatePostgres::start(home).value();
  EXPECT_TRUE(server->was_created());
  EXPECT_EQ(ask(server->superuser_url(), "SHOW server_version_num").substr(0, 2), "15");
  EXPECT_EQ(ask(server->socket_url("postgres", "postgres", server->superuser_password()), "SELECT 1"), "1");
  EXPECT_EQ(ask(server->superuser_url(), "SHOW timezone"), "UTC");
  for (const auto& url :
       {server->url("postgres", "postgres", "wrong"), server->socket_url("postgres", "postgres", "wrong"),
        server->url("postgres", "postgres", ""), server->socket_url("postgres", "postgres", "")}) {
    EXPECT_TRUE(ask(url, "SELECT 1").starts_with("error: ")) << url;
  }
  struct stat info {};
  ASSERT_EQ(::stat((home.path() / "primary" / "password").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(PrivatePostgres, RunsAsAnUnprivilegedUserAlsoWhenStartedAsRoot) {
  const auto home = ServerHome::temporary().value();
  auto server = PrivatePostgres::start(home).value();
  struct stat info {};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(server->pid())).c_str(), &info), 0);
  EXPECT_NE(info.st_uid, 0U);
  EXPECT_EQ(info.st_uid, home.user().uid);
}

TEST(PrivatePostgres, KeepsItsPortAndCommittedDataOverRestartAndCrash) {
  const auto home = ServerHome::temporary().value();
  auto server = PrivatePostgres::start(home, {.durable = true}).value();
  const std::string url = server->superuser_url();
  ASSERT_EQ(ask(url, "CREATE TABLE kept(n int); INSERT INTO kept VALUES (1)"), "");
  server->restart().value();
  EXPECT_EQ(ask(url, "INSERT INTO kept VALUES (2) RETURNING n"), "2");
  const auto backends = children_of(server->pid());
  EXPECT_FALSE(backends.empty());
  server->kill_hard();
  EXPECT_FALSE(server->is_running());
  for (const pid_t backend : backends) {
    EXPECT_FALSE(process_exists(backend));
  }
  server->start_again().value();
  EXPECT_EQ(ask(url, "SELECT sum(n) FROM kept"), "3");
  server->stop();
  EXPECT_FALSE(server->is_running());
  EXPECT_TRUE(ask(url, "SELECT 1").starts_with("error: "));
}

TEST(PrivatePostgres, ASecondStartReusesTheData) {
  const ScratchFolder scratch;
  {
    const auto home = ServerHome::open(scratch.path).value();
    auto server = PrivatePostgres::start(home, {.durable = true}).value();
    ASSERT_EQ(ask(server->superuser_url(), "CREATE TABLE kept AS SELECT 7 AS n"), "");
  }
  const auto home = ServerHome::open(scratch.path).value();
  auto server = PrivatePostgres::start(home, {.durable = true}).value();
  EXPECT_FALSE(server->was_created());
  EXPECT_EQ(ask(server->superuser_url(), "SELECT n FROM kept"), "7");
}

TEST(PrivatePostgres, WorksInAFolderWhosePathHas120Characters) {
  const ScratchFolder scratch;
  fs::path folder = scratch.path / std::string(120 - scratch.path.string().size() - 1, 'x');
  ASSERT_EQ(folder.string().size(), 120U);
  const auto home = ServerHome::open(folder).value();
  EXPECT_LE(home.socket_folder().string().size(), 90U);
  auto server = PrivatePostgres::start(home).value();
  EXPECT_EQ(ask(server->socket_url("postgres", "postgres", server->superuser_password()), "SELECT 1"), "1");
}

TEST(PrivatePostgres, FallsBackToAFolderItsUserMayEnterAndRemembersIt) {
  const ScratchFolder scratch(fs::perms(0700));  // as root's home: closed to the server's user, if that is another one
  fs::path first;
  {
    const auto home = ServerHome::open(scratch.path).value();
    EXPECT_EQ(home.user().is_self, home.path() == scratch.path / "servers");
    first = home.path();
    auto server = PrivatePostgres::start(home, {.durable = true}).value();
    EXPECT_EQ(ask(server->superuser_url(), "SELECT 1"), "1");
  }
  const auto home = ServerHome::open(scratch.path).value();
  EXPECT_EQ(home.path(), first);
}

TEST(ServerHome, StaysOpenToItsServerUserUnderAStrictUmask) {
  const ScratchFolder scratch;
  const mode_t before = ::umask(077);
  const auto home = ServerHome::open(scratch.path / "new");
  ::umask(before);
  ASSERT_TRUE(home.has_value());
  EXPECT_EQ(home->path(), scratch.path / "new" / "servers");
}

TEST(PrivatePostgres, TellsThatDataBelongsToAnotherVersion) {
  const auto home = ServerHome::temporary().value();
  const fs::path data = home.make_folder("primary").value() / "data";
  fs::create_directory(data);
  ASSERT_TRUE(write_private_file(data / "PG_VERSION", "14\n").has_value());
  const auto server = PrivatePostgres::start(home);
  ASSERT_TRUE(server.has_error());
  EXPECT_EQ(server.error().code, Errc::conflict);
  EXPECT_NE(server.error().public_detail.find("--fresh"), std::string::npos);
}

TEST(PrivatePostgres, DiesWithAKilledParentWhoseHomeTheNextOneSweepsAway) {
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto home = ServerHome::temporary().value();
    auto server = PrivatePostgres::start(home).value();
    const std::string text = std::to_string(server->pid()) + " " + home.path().string() + "\n";
    const bool told = ::write(report[1], text.data(), text.size()) > 0;
    while (told) {
      ::pause();
    }
    ::_exit(1);
  }
  ::close(report[1]);
  char text[256] = {};
  const ssize_t got = ::read(report[0], text, sizeof text - 1);  // 0 when the child failed
  ::close(report[0]);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  ASSERT_GT(got, 0);
  char* path_start = nullptr;
  const auto postmaster = static_cast<pid_t>(std::strtol(text, &path_start, 10));
  const fs::path left(std::string(path_start + 1, std::string_view(path_start + 1).find('\n')));
  EXPECT_TRUE(eventually([postmaster] { return !process_exists(postmaster); }));
  ASSERT_TRUE(fs::exists(left));
  const auto next = ServerHome::temporary().value();
  EXPECT_FALSE(fs::exists(left));
}

TEST(ServerHome, IsUsedByOneProcessAtATime) {
  const ScratchFolder scratch;
  {
    const auto home = ServerHome::open(scratch.path).value();
    const auto second = ServerHome::open(scratch.path);
    ASSERT_TRUE(second.has_error());
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_NE(second.error().public_detail.find(std::to_string(::getpid())), std::string::npos);
  }
  EXPECT_TRUE(ServerHome::open(scratch.path).has_value());
}

TEST(ServerHome, DeletesItselfWhenTemporaryAndIsClosedToOthers) {
  fs::path path;
  {
    const auto home = ServerHome::temporary().value();
    path = home.path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms(0700));
    EXPECT_LE(home.socket_folder().string().size(), 90U);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(Secrets, AreMadeOnceAndReadableByTheirOwnerOnly) {
  const ScratchFolder scratch;
  const std::string secret = read_or_create_secret(scratch.path / "secret").value();
  EXPECT_EQ(secret.size(), 48U);
  EXPECT_EQ(read_or_create_secret(scratch.path / "secret").value(), secret);
  EXPECT_EQ(fs::status(scratch.path / "secret").permissions(), fs::perms(0600));
}

TEST(PrivatePostgres, HasReplicasThatFollowIt) {
  const auto home = ServerHome::temporary().value();
  auto primary = PrivatePostgres::start(home).value();
  auto replica = primary->make_replica().value();
  ASSERT_EQ(ask(primary->superuser_url(), "CREATE TABLE followed AS SELECT 5 AS n"), "");
  EXPECT_TRUE(eventually([&] { return ask(replica->superuser_url(), "SELECT n FROM followed") == "5"; }));
  EXPECT_TRUE(ask(replica->superuser_url(), "DELETE FROM followed").starts_with("error: 25006"));
  primary->restart().value();
  ASSERT_EQ(ask(primary->superuser_url(), "INSERT INTO followed VALUES (6)"), "");
  EXPECT_TRUE(eventually([&] { return ask(replica->superuser_url(), "SELECT sum(n) FROM followed") == "11"; }));
}

TEST(PrivatePgBouncer, PoolsTransactionsOfEveryLoginTheServerKnows) {
  const auto home = ServerHome::temporary().value();
  auto server = PrivatePostgres::start(home).value();
  ASSERT_EQ(ask(server->superuser_url(), "CREATE ROLE seller LOGIN PASSWORD 'pass word'"), "");
  auto bouncer = PrivatePgBouncer::start(home, *server).value();
  EXPECT_EQ(ask(bouncer->url("postgres", "seller", "pass word"), "SELECT current_user"), "seller");
  EXPECT_TRUE(ask(bouncer->url("postgres", "seller", "wrong"), "SELECT 1").starts_with("error: "));
  ASSERT_EQ(ask(server->superuser_url(), "CREATE ROLE later LOGIN PASSWORD 'p'"), "");
  bouncer->reload_logins().value();
  EXPECT_TRUE(
      eventually([&] { return ask(bouncer->url("postgres", "later", "p"), "SELECT current_user") == "later"; }));

  // Transaction mode: two sessions of one client role share a server connection between transactions.
  auto one = SqlSession::connect(bouncer->url("postgres", "seller", "pass word")).value();
  auto two = SqlSession::connect(bouncer->url("postgres", "seller", "pass word")).value();
  EXPECT_EQ(one.run("SELECT pg_backend_pid()").value().value(), two.run("SELECT pg_backend_pid()").value().value());
  bouncer->stop();
  EXPECT_TRUE(ask(bouncer->url("postgres", "seller", "pass word"), "SELECT 1").starts_with("error: "));
  bouncer->start_again().value();
  EXPECT_EQ(ask(bouncer->url("postgres", "seller", "pass word"), "SELECT 1"), "1");
}

TEST(PrivateRedis, AsksForItsPasswordAndKeepsItsPortWhenStartedAgain) {
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  const auto home = ServerHome::temporary().value();
  auto server = PrivateRedis::start(home).value();
  const auto say = [&](const std::vector<std::string>& commands) -> std::string {
    const std::unique_ptr<redisContext, Free> context(redisConnectWithTimeout("127.0.0.1", server->port(), {1, 0}));
    if (!context || context->err != 0) {
      return "no connection";
    }
    redisSetTimeout(context.get(), {0, 300'000});
    std::string last;
    for (const auto& command : commands) {
      const std::unique_ptr<redisReply, Free> reply(
          static_cast<redisReply*>(redisCommand(context.get(), command.c_str())));
      last = !reply ? "no answer" : reply->str != nullptr ? reply->str : "nil";
    }
    return last;
  };
  const std::string login = "AUTH " + server->password();
  EXPECT_TRUE(say({"PING"}).starts_with("NOAUTH"));
  EXPECT_EQ(say({login, "SET a b", "GET a"}), "b");
  server->freeze();
  EXPECT_EQ(say({login, "GET a"}), "no answer");
  server->thaw();
  EXPECT_EQ(say({login, "GET a"}), "b");
  const int port = server->port();
  server->kill_hard();
  EXPECT_EQ(say({login}), "no connection");
  server->start_again().value();
  EXPECT_EQ(server->port(), port);
  EXPECT_EQ(say({login, "GET a"}), "nil");  // nothing is kept
}

TEST(ChildProcess, NamesTheReasonWhenAProgramCannotBeStarted) {
  const ScratchFolder scratch;
  const auto child = ChildProcess::spawn({.arguments = {"/no/such/program"},
                                          .environment = {},
                                          .user = {},
                                          .log_file = scratch.path / "log",
                                          .directory = scratch.path});
  ASSERT_TRUE(child.has_error());
  EXPECT_EQ(child.error().public_detail, "/no/such/program: No such file or directory");
}

TEST(ChildProcess, IsKilledWhenItDoesNotStopInTime) {
  const ScratchFolder scratch;
  auto child =
      ChildProcess::spawn({.arguments = {"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"},
                           .environment = {},
                           .user = {},
                           .log_file = scratch.path / "log",
                           .directory = scratch.path})
          .value();
  ASSERT_TRUE(eventually([&] { return read_small_file(scratch.path / "log") == "ready"; }));
  EXPECT_FALSE(child.stop(SIGTERM, milliseconds(50)));
  EXPECT_FALSE(child.is_running());
}

}  // namespace
}  // namespace salesflow::cluster
