// PostgreSQL is stopped, killed and restarted while requests come in: 503 with Retry-After, 409 with Location when the
// outcome of a write is not known, recovery without a restart,
// no write doubled or half-done.
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "platform/cluster/postgres.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/cluster/sql_session.hpp"
#include "tests/integration/running_server.hpp"
#include "tests/support/migrate.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

class Outage : public testing::Test {
 protected:
  Outage() {
    home_.emplace(cluster::ServerHome::temporary().value());
    cluster::PostgresOptions options;
    options.durable = true;  // a crash must not lose what was acknowledged
    postgres_ = cluster::PrivatePostgres::start(*home_, options).value();
    cluster::ensure_roles(*postgres_, passwords_).value();
    cluster::ensure_database(*postgres_, "crm").value();
    migrate_up(url(cluster::Login::owner));
    server_.emplace(
        server_environment(url(cluster::Login::app), url(cluster::Login::auth), url(cluster::Login::worker)));
  }
  std::string url(cluster::Login login) const { return cluster::login_url(*postgres_, "crm", login, passwords_); }

  /// Writers that create numbered events until told to stop; what was acknowledged is kept.
  void write_during(const std::function<void()>& trouble) {
    const auto anna = server_->sign_up("anna@example.com");
    std::atomic<bool> stop{false};
    std::atomic<int> next{0};
    std::mutex mutex;
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w) {
      writers.emplace_back([&] {
        while (!stop) {
          const std::string text = "event " + std::to_string(next++);
          const auto answer = server_->call(
              "POST", "/api/autopilot/message-event", anna.token,
              json::serialize(json::object{{"channel", "email"}, {"direction", "inbound"}, {"text", text}}));
          const std::lock_guard lock(mutex);
          if (answer.status == 200) {
            acknowledged_.insert(text);
            last_success_ = SteadyClock::now();
          } else {
            ++refused_[answer.status];
            if (answer.status == 503 && answer.header("Retry-After").empty())
              ++without_retry_after_;
            if (answer.status == 409) {
              EXPECT_EQ(answer.body.at("type"), "outcome-unknown");
              EXPECT_EQ(answer.header("Retry-After"), "");
              unsure_[text] = answer.header("Location");
            }
          }
        }
      });
    }
    ASSERT_TRUE(wait_until([&] {
      const std::lock_guard lock(mutex);
      return acknowledged_.size() > 50;
    }));
    trouble();
    const auto back = SteadyClock::now();
    EXPECT_TRUE(wait_until(
        [&] {
          const std::lock_guard lock(mutex);
          return last_success_ > back;
        },
        10s));
    recovery_ = SteadyClock::now() - back;
    std::this_thread::sleep_for(300ms);  // some load on the recovered server
    stop = true;
    for (auto& writer : writers)
      writer.join();
    for (const auto& [text, location] : unsure_) {
      const auto found = server_->get(location, anna.token);
      EXPECT_TRUE(found.status == 200 || found.status == 404) << location << found.raw.body;
      if (found.status == 200) {
        EXPECT_EQ(found.body.at("event").at("text"), json::value(text));
      }
      looked_up_[text] = found.status == 200;
    }
  }

  void expect_nothing_lost_or_doubled() {
    auto session = cluster::SqlSession::connect(postgres_->superuser_url("crm")).value();
    const auto rows = session.run("SELECT text, count(*) FROM message_events GROUP BY text").value();
    std::set<std::string> stored;
    for (const auto& row : rows.rows) {
      EXPECT_EQ(row.at(1).value(), "1") << *row.at(0) << " is doubled";
      stored.insert(*row.at(0));
    }
    for (const auto& text : acknowledged_)
      EXPECT_TRUE(stored.contains(text)) << text << " was acknowledged and is lost";
    for (const auto& [status, count] : refused_)
      EXPECT_TRUE(status == 503 || status == 504 || status == 409) << count << " answers " << status;
    for (const auto& [text, found] : looked_up_)
      EXPECT_EQ(found, stored.contains(text)) << text << ": Location must tell whether it was saved";
    EXPECT_EQ(without_retry_after_, 0);
    EXPECT_LT(recovery_, 3s);
  }

  std::optional<cluster::ServerHome> home_;
  cluster::RolePasswords passwords_ = cluster::RolePasswords::random();
  std::unique_ptr<cluster::PrivatePostgres> postgres_;
  std::optional<RunningServer> server_;
  std::set<std::string> acknowledged_;
  std::map<std::string, std::string> unsure_;  // text → Location
  std::map<std::string, bool> looked_up_;
  std::map<int, int> refused_;
  int without_retry_after_ = 0;
  SteadyTime last_success_{};
  SteadyClock::duration recovery_{};
};

TEST_F(Outage, ARestartDuringWritesLosesAndDoublesNothing) {
  write_during([&] { postgres_->restart(cluster::StopMode::fast).value(); });
  expect_nothing_lost_or_doubled();
}

TEST_F(Outage, ACrashDuringWritesLosesAndDoublesNothing) {
  write_during([&] {
    postgres_->kill_hard();
    std::this_thread::sleep_for(200ms);  // requests meet a dead server
    postgres_->start_again().value();
  });
  expect_nothing_lost_or_doubled();
}

TEST_F(Outage, WithoutADatabaseAnswersAreFiveOhThreeAtOnceAndReadinessSaysSo) {
  const auto anna = server_->sign_up("anna@example.com");
  postgres_->stop();
  EXPECT_TRUE(wait_until([&] { return server_->get("/readyz").status == 503; }));
  const auto begin = SteadyClock::now();
  const auto answer = server_->get("/api/autopilot/message-events", anna.token);
  EXPECT_EQ(answer.status, 503) << answer.raw.body;
  EXPECT_NE(answer.header("Retry-After"), "");
  EXPECT_NE(answer.detail(), "");
  EXPECT_LT(SteadyClock::now() - begin, 3s);
  EXPECT_EQ(server_->get("/healthz").status, 200);
  postgres_->start_again().value();
  EXPECT_TRUE(wait_until([&] { return server_->get("/api/autopilot/message-events", anna.token).status == 200; }, 3s));
}

}  // namespace
}  // namespace salesflow::test
