// Streams over the real feed: beside writers that commit out of order, each listener has each change of its own exactly
// once and in order, however often its stream breaks.
#include "platform/feed/feed.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <random>
#include <thread>

#include "tests/support/changes_rig.hpp"

namespace salesflow::feed {
namespace {

using namespace std::chrono_literals;
using test::Login;
using test::TestDatabase;

class StoreSource final : public Source {
 public:
  explicit StoreSource(changes::Store& store) : store_(store) {}
  Task<Result<std::int64_t>> find_end(RequestContext& request) override { return store_.find_end(request); }
  Task<Result<Batch>> read(RequestContext& request, std::int64_t from, int rows_max) override {
    const auto read = co_await store_.read(request, from, rows_max);
    if (!read)
      co_return read.error();
    Batch batch;
    batch.from = from;
    batch.place = read->place;
    batch.missed = read->missed;
    for (const changes::ChangeRow& row : read->changes) {
      Change change;
      change.number = row.number;
      change.topic = row.topic;
      change.operation = row.operation;
      change.ids = row.ids;
      change.audience = {row.user_id.value_or(Uuid()), {}};
      batch.changes.push_back(std::move(change));
    }
    co_return batch;
  }

 private:
  changes::Store& store_;
};

/// A client: remembers the last id that it has seen, and all changes.
struct Client {
  void take(SteadyTime now) {
    const std::string text = stream->take(now);
    std::string event;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      const std::string_view line = std::string_view(text).substr(at, end - at);
      at = end + 1;
      if (line.starts_with("event: "))
        event = line.substr(7);
      if (line.starts_with("id: "))
        last_id = line.substr(4);
      if (!line.empty())
        continue;
      if (event == "changes")
        numbers.push_back(std::stoll(last_id));
      resyncs += event == "resync" ? 1 : 0;
      event.clear();
    }
  }

  Uuid user;
  std::shared_ptr<Stream> stream;
  std::string last_id;
  std::vector<std::int64_t> numbers;
  int resyncs = 0, breaks = 0;
};

class FeedDbTest : public testing::Test {
 protected:
  FeedDbTest() {
    node.moved();
    base = database.run("SELECT max(number) FROM salesflow.change_feed").integer();
    make();
  }
  ~FeedDbTest() override {
    for (auto& each : feeds)
      each->stop();
    node.rig.context.restart();
    node.rig.context.run_for(20ms);
  }
  void make() {
    feed = feeds.emplace_back(std::make_unique<Feed>(settings, registry)).get();  // the last one may still be reading
    lane = &feed->add_lane(node.rig.context);
    feed->attach(node.rig.context, source);
  }
  void follow() {
    auto context = changes::Node::request();
    const auto count = node.rig.run(feed->follow(context));
    EXPECT_TRUE(count) << count.error().public_detail;
  }
  void open(Client& client) {
    const auto now = std::chrono::steady_clock::now();
    client.stream = lane->open({client.user, {}, {}, "mark", now + 1h}, read_id(client.last_id, "mark"), now);
  }
  void settle(Client& client) {
    node.rig.context.restart();
    node.rig.context.run_for(5ms);  // what was posted to the lane
    ASSERT_TRUE(node.rig.run_until([&] { return client.stream->state() == Stream::State::live; }));
    client.take(std::chrono::steady_clock::now());
  }
  std::string id(std::int64_t number) const { return make_id(base + number, "mark"); }
  void insert_lead(Uuid user) {
    database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'Eva')", {user.to_string()});
  }

  TestDatabase database;
  TestDatabase::Account ann = database.create_account("ann@example.org"),
                        bob = database.create_account("bob@example.org");
  std::int64_t base = 0;  // of numbers: what accounts left
  StreamSettings settings;
  telemetry::Registry registry;
  std::vector<std::unique_ptr<Feed>> feeds;  // longer than what runs on the node's context
  Feed* feed = nullptr;
  changes::Node node{database};
  StoreSource source{*node.store};
  Lane* lane = nullptr;
};

TEST_F(FeedDbTest, EachChangeExactlyOnceBesideWritersHoweverOftenAStreamBreaks) {
  settings.buffer_bytes_max = 64 << 10;
  for (const Uuid user : {ann.user_id, bob.user_id})
    insert_lead(user);  // an empty feed has no place to go on from
  node.moved();
  make();
  follow();
  std::vector<Client> clients(6);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].user = i % 2 == 0 ? ann.user_id : bob.user_id;
    open(clients[i]);
    settle(clients[i]);
  }
  // Four writers; transactions of different lengths, so that commits are out of the order of ids.
  std::atomic<int> writing{4};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      auto session = cluster::SqlSession::connect(database.url(Login::app)).value();
      const TestDatabase::Account& who = writer % 2 == 0 ? ann : bob;
      for (int i = 0; i < 60; ++i) {
        session.run("BEGIN").value();
        session.run("SELECT set_config('app.user_id', '" + who.user_id.to_string() + "', true)").value();
        session.run("INSERT INTO leads (user_id, name) VALUES ('" + who.user_id.to_string() + "', 'Eva')").value();
        if ((i + writer) % 3 == 0)
          session.run("SELECT pg_sleep(0.01)").value();
        session.run(i % 10 == 9 ? "ROLLBACK" : "COMMIT").value();
      }
      --writing;
    });
  }
  std::mt19937 random(7);
  const auto turn = [&] {
    node.moved();
    follow();
    for (Client& client : clients) {
      client.take(std::chrono::steady_clock::now());
      const auto dice = random() % 10;
      if (dice >= 3)
        continue;
      ++client.breaks;
      client.stream.reset();
      if (dice == 0)
        node.moved();
      if (dice == 1 && client.breaks % 7 == 0)
        continue;  // away for a while
      open(client);
    }
    if (random() % 15 == 0) {  // another node: it remembers nothing
      for (Client& client : clients)
        client.stream.reset();
      make();
      follow();
    }
    for (Client& client : clients) {
      if (!client.stream)
        open(client);
    }
    node.rig.context.restart();
    node.rig.context.run_for(5ms);
  };
  while (writing > 0)
    turn();
  for (auto& writer : writers)
    writer.join();
  for (int i = 0; i < 30; ++i)
    turn();
  node.moved();
  follow();
  for (Client& client : clients) {
    settle(client);
    const auto rows =
        database.run("SELECT number FROM salesflow.change_feed WHERE user_id = $1 AND number > $2 ORDER BY number",
                     {client.user.to_string(), std::to_string(base)});
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
      expected.push_back(std::stoll(rows.value(i)));
    expected.erase(expected.begin());  // before it listened
    EXPECT_EQ(client.numbers, expected);
    EXPECT_EQ(client.resyncs, 0);
    EXPECT_GT(client.breaks, 3);
    EXPECT_EQ(expected.size(), 108u) << "all that was committed";
  }
}

TEST_F(FeedDbTest, ResyncsWhatTheFeedDoesNotHaveAnyMore) {
  for (int i = 0; i < 5; ++i) {
    insert_lead(ann.user_id);
    node.moved();
  }
  follow();
  Client old, fine, tomorrow;
  old.user = fine.user = tomorrow.user = ann.user_id;
  old.last_id = id(2);
  fine.last_id = id(4);
  tomorrow.last_id = id(6'000);
  database.run("DELETE FROM salesflow.change_feed WHERE number < $1", {std::to_string(base + 4)});
  for (Client* client : {&old, &fine, &tomorrow})
    open(*client);
  for (Client* client : {&old, &fine, &tomorrow})
    settle(*client);
  EXPECT_EQ(old.resyncs, 1);
  EXPECT_EQ(old.last_id, id(5));
  EXPECT_EQ(tomorrow.resyncs, 1);
  EXPECT_EQ(fine.resyncs, 0);
  EXPECT_EQ(fine.numbers, (std::vector<std::int64_t>{base + 5}));
  insert_lead(ann.user_id);
  node.moved();
  follow();
  for (Client* client : {&old, &fine, &tomorrow}) {
    settle(*client);
    EXPECT_EQ(client->numbers.empty() ? 0 : client->numbers.back(), base + 6) << client->last_id;
  }
}

TEST_F(FeedDbTest, ANodeThatIsBehindServesAClientOfOneThatIsAhead) {
  insert_lead(ann.user_id);
  node.moved();
  follow();  // 1
  insert_lead(ann.user_id);
  insert_lead(ann.user_id);
  node.moved();  // 2 and 3 are there, but this node has not looked
  Client client;
  client.user = ann.user_id;
  client.last_id = id(3);
  open(client);
  settle(client);
  follow();
  insert_lead(ann.user_id);
  node.moved();
  follow();
  settle(client);
  EXPECT_EQ(client.numbers, (std::vector<std::int64_t>{base + 4})) << "2 and 3 not again";
  EXPECT_EQ(client.resyncs, 0);
}

}  // namespace
}  // namespace salesflow::feed
