// The service reads and writes with its own statements and prepared plans while the table is converted and reverted:
// nothing fails, nothing is lost, nothing is doubled.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <iostream>
#include <thread>

#include "features/events/events.hpp"
#include "features/events/store.hpp"
#include "platform/partitions/partitions.hpp"
#include "tests/support/many_events.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::partitions {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::Login;
using test::TestDatabase;

/// Clients of one worker thread with the service's default settings, until told to stop.
class Traffic {
 public:
  Traffic(const TestDatabase& database, const TestDatabase::Account& account)
      : account_(account), rig_(settings(database)) {}

  /// Runs clients until `work` has ended on its own thread.
  void run_during(const std::function<void()>& work) {
    stopping_ = false;
    int ended = 0;
    for (int client = 0; client < clients; ++client)
      rig_.start(client_loop(client), ended);
    std::atomic<bool> done = false;
    std::thread worker([&] {
      work();
      done = true;
    });
    const bool in_time = rig_.run_until([&] { return done.load(); }, 120s);
    stopping_ = true;
    const bool all_ended = rig_.run_until([&] { return ended == clients; });
    worker.join();
    EXPECT_TRUE(in_time && all_ended);
  }

  std::vector<std::string> failures;
  std::vector<Uuid> stored;
  std::int64_t requests = 0;
  Clock::duration longest{0};

 private:
  static constexpr int clients = 8;
  static postgres::PoolSettings settings(const TestDatabase& database) {
    postgres::PoolSettings settings;
    settings.conninfo = database.url(Login::app);
    return settings;
  }
  RequestContext request() const {
    RequestContext request;
    request.identity.user_id = account_.user_id;
    request.identity.org_id = account_.org_id;
    request.deadline = Clock::now() + 10s;
    return request;
  }
  template <class Outcome>
  void count(const char* what, Clock::time_point begin, const Outcome& outcome) {
    ++requests;
    longest = std::max(longest, Clock::now() - begin);
    if (!outcome)
      failures.push_back(std::string(what) + ": " + outcome.error().public_detail + " " + outcome.error().log_detail);
  }
  Task<void> client_loop(int client) {
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> pause(rig_.context);
    while (!stopping_) {
      RequestContext write = request();
      const Uuid id = Uuid::v7();
      events::NewEvent event;
      event.text = "client " + std::to_string(client);
      auto begin = Clock::now();
      const auto made = co_await store_->create_event(write, id, std::move(event), "text");
      count("create", begin, made);
      if (made)
        stored.push_back(id);
      RequestContext read = request();
      begin = Clock::now();
      const auto found = co_await store_->get_event(read, id);
      count("get", begin, found);
      if (made && found && !*found)
        failures.push_back("an event that was just stored is not found");
      RequestContext change = request();
      begin = Clock::now();
      const auto changed = co_await store_->set_status(change, id, events::Status::sent, std::nullopt);
      count("set_status", begin, changed);
      if (made && changed && !*changed)
        failures.push_back("an event that was just stored is not changed");
      RequestContext list = request();
      begin = Clock::now();
      const auto page = co_await store_->list_events(list, {}, before_newest, 21);
      count("list", begin, page);
      if (page && page->size() != 21)
        failures.push_back("a page is not full");
      pause.expires_after(60ms);
      boost::system::error_code cancelled;
      co_await pause.async_wait(asio::redirect_error(use_task, cancelled));
    }
  }

  TestDatabase::Account account_;
  test::PostgresRig rig_;
  std::unique_ptr<events::Store> store_ = events::make_pg_store(*rig_.database);
  bool stopping_ = false;
};

TEST(PartitionOnline, ServiceTrafficGoesOnDuringConvertMaintainAndRevert) {
  TestDatabase database;
  const auto account = database.create_account("anna@example.com");
  test::fill_events(database, account.user_id.to_string(), account.org_id.to_string(), 100'000);
  Traffic traffic(database, account);
  Options options;
  options.database_url = database.url(Login::owner);
  const auto report = [&](const char* what, std::int64_t locked_ms) {
    std::cout << what << ": " << traffic.requests << " requests, longest "
              << std::chrono::duration_cast<std::chrono::milliseconds>(traffic.longest).count() << " ms, swap held "
              << locked_ms << " ms\n";
    traffic.requests = 0;
    traffic.longest = {};
  };
  traffic.run_during([] { std::this_thread::sleep_for(1s); });  // every statement is prepared and has its plan
  report("before", 0);
  std::int64_t locked_ms = 0;
  traffic.run_during([&] {
    const auto converted = convert(options);
    EXPECT_TRUE(converted) << converted.error().public_detail;
    locked_ms = converted ? converted->locked_ms : 0;
    std::this_thread::sleep_for(1s);
  });
  EXPECT_LT(traffic.longest, 2s);
  report("convert", locked_ms);
  // Rows past the boundary, so that the revert has some to move.
  database.run_as(Login::owner,
                  "INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) SELECT "
                  "gen_random_uuid(), 'email', 'inbound', 'later', "
                  "date_trunc('month', now()) + interval '75 days' FROM generate_series(1, 20000)");
  traffic.run_during([&] {
    auto more = options;
    more.months_ahead = 8;
    EXPECT_TRUE(maintain(more));
  });
  EXPECT_LT(traffic.longest, 2s);
  report("maintain", 0);
  traffic.run_during([&] {
    const auto reverted = revert(options);
    EXPECT_TRUE(reverted) << reverted.error().public_detail;
    locked_ms = reverted ? reverted->locked_ms : 0;
    EXPECT_EQ(reverted ? reverted->moved_rows : 0, 20'000);
    std::this_thread::sleep_for(1s);
  });
  EXPECT_LT(traffic.longest, 2s);
  report("revert", locked_ms);
  EXPECT_TRUE(traffic.failures.empty()) << traffic.failures.size()
                                        << " failures, the first: " << traffic.failures.front();
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(),
            120'000 + static_cast<std::int64_t>(traffic.stored.size()));
  std::string ids;
  for (const auto& id : traffic.stored)
    ids += (ids.empty() ? "" : ",") + id.to_string();
  EXPECT_EQ(database
                .run("SELECT count(*) FROM message_events WHERE id = ANY (string_to_array($1, ',')::uuid[]) AND "
                     "autopilot_status = 'sent'",
                     {ids})
                .integer(),
            static_cast<std::int64_t>(traffic.stored.size()));
}

}  // namespace
}  // namespace salesflow::partitions
