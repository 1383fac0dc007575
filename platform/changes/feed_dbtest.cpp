// The feed as its readers see it: in order, from a place, at least once; and what is deleted behind them.
#include "platform/changes/jobs.hpp"
#include "platform/telemetry/metrics.hpp"
#include "tests/support/changes_rig.hpp"

namespace salesflow::changes {
namespace {

using namespace std::chrono_literals;
using test::Login;
using test::TestDatabase;

class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    node.moved();
    database.run("TRUNCATE salesflow.change_feed RESTART IDENTITY");
  }

  /// `count` changes, as the mover leaves them.
  void fill(int count) {
    database.run(
        "INSERT INTO salesflow.change_feed (written_at, operation, topic, user_id, ids, outbox_low, outbox_head) "
        "SELECT now(), "
        "'insert', 'leads', $1::uuid, ARRAY[$1::uuid, $1::uuid], 0, 0 FROM generate_series(1, $2::int)",
        {user.to_string(), std::to_string(count)});
  }
  template <class T>
  T ok(Result<T> answer) {
    EXPECT_TRUE(answer) << answer.error().public_detail << answer.error().log_detail;
    return answer ? std::move(*answer) : T();
  }
  Batch read(std::int64_t place, int rows_max = 100) {
    auto context = Node::request();
    return ok(node.rig.run(node.store->read(context, place, rows_max)));
  }
  std::int64_t subscribe(const std::string& name) {
    auto context = Node::request();
    return ok(node.rig.run(node.store->subscribe(context, name)));
  }
  Result<void> confirm(const std::string& name, std::int64_t place) {
    auto context = Node::request();
    return node.rig.run(node.store->confirm(context, name, place));
  }
  /// Deletes until nothing more is to delete: how many.
  std::int64_t delete_all(std::int64_t keep_rows, std::chrono::seconds keep) {
    std::int64_t deleted = 0;
    for (bool more = true; more;) {
      auto context = Node::request();
      const auto bite = ok(node.rig.run(node.store->delete_changes(context, keep_rows, keep)));
      deleted += bite.deleted;
      more = bite.more;
    }
    return deleted;
  }
  std::int64_t oldest() { return database.run("SELECT min(number) FROM salesflow.change_feed").integer(); }
  void age_to(std::int64_t number) {
    database.run("UPDATE salesflow.change_feed SET moved_at = now() - interval '25 hours' WHERE number <= $1",
                 {std::to_string(number)});
  }

  TestDatabase database;
  Uuid user = Uuid::v7();
  Node node{database};
};

TEST_F(FeedTest, AReaderGoesOnBehindItsPlace) {
  auto context = Node::request();
  EXPECT_EQ(ok(node.rig.run(node.store->find_end(context))), 0);
  EXPECT_TRUE(read(0).changes.empty());
  fill(5);
  EXPECT_EQ(ok(node.rig.run(node.store->find_end(context))), 5);
  const Batch first = read(0, 3);
  ASSERT_EQ(first.changes.size(), 3U);
  EXPECT_EQ(first.place, 3) << "rows and place agree";
  EXPECT_FALSE(first.missed);
  const ChangeRow& change = first.changes.rows[0];
  EXPECT_EQ(change.number, 1);
  EXPECT_EQ(change.topic, "leads");
  EXPECT_EQ(change.operation, "insert");
  EXPECT_EQ(change.user_id, user);
  EXPECT_FALSE(change.org_id);
  EXPECT_EQ(change.ids, (std::vector<Uuid>{user, user}));
  const Batch second = read(first.place, 3);
  EXPECT_EQ(second.changes.rows.front().number, 4);
  EXPECT_EQ(second.place, 5);
  const Batch none = read(second.place);
  EXPECT_TRUE(none.changes.empty());
  EXPECT_FALSE(none.missed);
  EXPECT_EQ(none.place, 5);
}

TEST_F(FeedTest, AReaderThatWasAwayTooLongIsToldSo) {
  fill(20);
  age_to(10);
  EXPECT_EQ(delete_all(1'000, 24h), 10);
  EXPECT_FALSE(read(11).missed);
  const Batch late = read(7);
  EXPECT_TRUE(late.missed);
  EXPECT_EQ(late.changes.rows.front().number, 11);
  EXPECT_FALSE(read(late.place).missed);
  EXPECT_TRUE(read(25).missed) << "a place that this feed never had";
}

TEST_F(FeedTest, WhatIsOldOrTooMuchIsDeletedButTheNewest) {
  fill(12'000);
  EXPECT_EQ(delete_all(1'000'000, 24h), 0);
  age_to(7'000);
  EXPECT_EQ(delete_all(1'000'000, 24h), 7'000);
  EXPECT_EQ(oldest(), 7'001);
  EXPECT_EQ(delete_all(1'000, 24h), 4'000);
  EXPECT_EQ(oldest(), 11'001);
  age_to(12'000);
  EXPECT_EQ(delete_all(1'000, 24h), 999);
  EXPECT_EQ(oldest(), 12'000);
  EXPECT_EQ(delete_all(0, 0s), 0);
  // Numbers of a batch that was rolled back are missing; deleting goes on behind them.
  database.run("ALTER TABLE salesflow.change_feed ALTER number RESTART WITH 30001");
  fill(10);
  EXPECT_EQ(delete_all(5, 24h), 6);
  EXPECT_EQ(oldest(), 30'006);
}

TEST_F(FeedTest, WhatASubscriberHasNotTakenIsKept) {
  fill(10);
  EXPECT_EQ(subscribe("cache"), 10) << "a new one begins at the end";
  fill(10);
  EXPECT_EQ(subscribe("cache"), 10) << "and is remembered";
  EXPECT_EQ(delete_all(0, 0s), 9);
  EXPECT_FALSE(read(10).missed);
  ASSERT_TRUE(confirm("cache", 15));
  EXPECT_EQ(subscribe("cache"), 15);
  ASSERT_TRUE(confirm("cache", 12));
  EXPECT_EQ(subscribe("cache"), 15) << "no place goes back";
  EXPECT_EQ(delete_all(0, 0s), 5);
  EXPECT_EQ(read(15).changes.size(), 5U);
}

TEST_F(FeedTest, AConfirmationBelongsToTheTransactionThatDidTheWork) {
  fill(3);
  subscribe("cache");
  fill(3);
  auto undone = [&]() -> Task<Result<void>> {
    RequestContext request = Node::request();
    auto transaction = co_await node.rig.database->begin_transaction(request);
    request.transaction = transaction->get();
    auto confirmed = co_await node.store->confirm(request, "cache", 6);
    request.transaction = nullptr;
    co_await (*transaction)->rollback();
    co_return confirmed;
  };
  EXPECT_TRUE(node.rig.run(undone()));
  EXPECT_EQ(subscribe("cache"), 3);
}

TEST_F(FeedTest, ASubscriberThatIsGoneForAWeekIsGivenUp) {
  fill(5);
  subscribe("gone");
  subscribe("idle");
  subscribe("far");
  fill(5);
  ASSERT_TRUE(confirm("idle", 10));
  database.run("UPDATE salesflow.change_subscribers SET confirmed_at = now() - interval '8 days' WHERE name <> 'far'");
  database.run("UPDATE salesflow.change_subscribers SET place = -10000000 WHERE name = 'far'");
  auto context = Node::request();
  ASSERT_TRUE(node.rig.run(node.store->give_up_subscribers(context)));
  EXPECT_EQ(database.run("SELECT string_agg(name, ',') FROM salesflow.change_subscribers").value(), "idle")
      << "who has everything waits as long as nothing comes";
  const auto refused = confirm("gone", 7);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(delete_all(0, 0s), 9);
}

TEST_F(FeedTest, MetricsTellLengthAgeAndLag) {
  telemetry::Registry metrics;
  const auto job = watch_changes_job(*node.store, metrics);
  const auto shown = [&] {
    auto context = Node::request();
    EXPECT_TRUE(node.rig.run(job.run_once(context)));
    return metrics.expose();
  };
  const auto has = [](const std::string& text, const std::string& line) {
    return text.find("\n" + line + "\n") != std::string::npos;
  };
  fill(4);
  subscribe("cache");
  fill(3);
  database.run("DELETE FROM outbox");
  std::string text = shown();
  EXPECT_TRUE(has(text, "salesflow_outbox_rows 0")) << text;
  EXPECT_TRUE(has(text, "salesflow_outbox_age_seconds 0"));
  EXPECT_TRUE(has(text, "salesflow_change_feed_rows 7"));
  EXPECT_TRUE(has(text, "salesflow_change_feed_last_number 7"));
  EXPECT_TRUE(has(text, "salesflow_change_subscriber_lag{subscriber=\"cache\"} 3"));
  database.run(
      "INSERT INTO outbox (topic, operation, written_at) SELECT 'leads', 'insert', now() - interval '1 hour' FROM "
      "generate_series(1, 3)");
  text = shown();
  EXPECT_TRUE(has(text, "salesflow_outbox_rows 3")) << text;
  EXPECT_NE(text.find("\nsalesflow_outbox_age_seconds 36"), std::string::npos) << text;
  EXPECT_EQ(database.run_as(Login::app, "SELECT lag FROM salesflow.list_changes() WHERE subscriber = 'cache'").value(),
            "3");
}

}  // namespace
}  // namespace salesflow::changes
