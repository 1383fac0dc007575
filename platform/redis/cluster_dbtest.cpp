// A client against a real Redis Cluster: slots, redirections, lost nodes.
#include <gtest/gtest.h>

#include <set>

#include "platform/redis/slots.hpp"
#include "platform/redis/subscription.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/redis_rig.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::redis {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::RedisCluster;
using test::RedisRig;
using test::say;

/// Several tests share one: starting it takes seconds.
RedisCluster& shared_cluster() {
  static RedisCluster cluster(test::Servers::instance().home());
  return cluster;
}

Settings settings_for(const RedisCluster& cluster) {
  Settings settings;
  settings.url = cluster.url();
  settings.command_timeout = 10s;
  settings.connect_timeout = 2s;
  return settings;
}

std::uint64_t redirections(RedisRig& rig, const std::string& kind) {
  const std::string text = rig.registry.expose();
  const std::string name = "salesflow_redis_redirections_total{kind=\"" + kind + "\"} ";
  return std::stoull(text.substr(text.find(name) + name.size()));
}

/// A key that the primary served at the start.
std::string key_of(std::size_t owner, int number = 0) {
  for (int i = 0;; ++i) {
    std::string key = "{tag" + std::to_string(i) + "}" + std::to_string(number);
    if (RedisCluster::owner_of(slot_of(key)) == owner)
      return key;
  }
}

class RedisClusterClient : public testing::Test {
 protected:
  RedisCluster& cluster = shared_cluster();
  RedisRig rig{settings_for(cluster)};
};

TEST_F(RedisClusterClient, FindsTheServerOfEachKeyByItself) {
  EXPECT_EQ(rig.run(rig.client->check()).value().is_cluster, true);
  std::vector<Command> commands;
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) {
    keys.push_back("key:" + std::to_string(i));
    commands.push_back(set_command(keys.back(), std::to_string(i)));
  }
  for (const auto& outcome : rig.run(rig.client->run_all(std::move(commands))))
    EXPECT_EQ(outcome.value().reply.text(), "OK");
  EXPECT_TRUE(rig.client->is_cluster());
  EXPECT_EQ(redirections(rig, "moved"), 0u);
  keys.push_back("none");
  keys.push_back("key:7");
  std::swap(keys.front(), keys.back());
  const auto values = rig.run(rig.client->mget(keys)).value();
  std::set<RunId> servers;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    servers.insert(values.run_id(i));
    const auto expected = keys[i] == "none" ? std::nullopt : std::optional<std::string_view>(keys[i]);
    EXPECT_EQ(values.value(i), expected ? std::optional(expected->substr(4)) : std::nullopt) << keys[i];
  }
  EXPECT_EQ(servers.size(), 3u);

  std::set<std::string> found;
  Scan scan = rig.client->scan("key:*", 50);
  while (auto page = rig.run(scan.next()).value())
    found.insert(page->begin(), page->end());
  EXPECT_EQ(found.size(), 300u);
  EXPECT_EQ(rig.run(rig.client->unlink({found.begin(), found.end()})).value(), 300);
  EXPECT_EQ(rig.ask(Command("MGET").key("a").key("b")), "error: invalid_argument");
}

TEST_F(RedisClusterClient, CheckWantsToKnowTheSlots) {
  say(cluster.node(1), {"ACL", "SETUSER", "lost", "on", ">geheim", "~*", "+@all", "-cluster"});
  auto settings = settings_for(cluster);
  settings.url = "redis://lost:geheim@127.0.0.1:" + std::to_string(cluster.node(1).port());
  RedisRig other(settings);
  const auto checked = other.run(other.client->check());
  ASSERT_TRUE(checked.has_error());
  EXPECT_NE(checked.error().log_detail.find("'cluster"), std::string::npos) << checked.error().log_detail;
  const auto started = steady_clock::now();
  EXPECT_EQ(other.ask(Command("GET").key("a")), "error: unavailable");
  EXPECT_EQ(other.ask(Command("GET").key("a")), "error: unavailable");
  EXPECT_LT(steady_clock::now() - started, 5s);  // not only at the deadline
}

TEST_F(RedisClusterClient, FollowsASlotThatMoves) {
  const std::string there = key_of(1, 1), missing = key_of(1, 2);
  const std::string slot = std::to_string(slot_of(there));
  ASSERT_EQ(rig.ask(set_command(there, "x")), "OK");
  auto &from = cluster.node(1), &to = cluster.node(2);
  // While it moves, the old owner sends those who look for what has left, or never was, to the new one.
  EXPECT_EQ(say(to, {"CLUSTER", "SETSLOT", slot, "IMPORTING", cluster.id_of(1)}), "OK");
  EXPECT_EQ(say(from, {"CLUSTER", "SETSLOT", slot, "MIGRATING", cluster.id_of(2)}), "OK");
  EXPECT_EQ(rig.ask(Command("GET").key(there)), "\"x\"");
  EXPECT_EQ(redirections(rig, "ask"), 0u);
  EXPECT_EQ(rig.ask(set_command(missing, "y")), "OK");
  EXPECT_EQ(rig.ask(Command("GET").key(missing)), "\"y\"");
  EXPECT_EQ(redirections(rig, "ask"), 2u);
  EXPECT_EQ(redirections(rig, "moved"), 0u);
  EXPECT_EQ(say(from, {"MIGRATE", "127.0.0.1", std::to_string(to.port()), there, "0", "5000", "AUTH2", "app",
                       RedisCluster::password}),
            "OK");
  EXPECT_EQ(rig.ask(Command("GET").key(there)), "\"x\"");
  EXPECT_EQ(redirections(rig, "ask"), 3u);
  // Then it has moved.
  EXPECT_EQ(say(to, {"CLUSTER", "SETSLOT", slot, "NODE", cluster.id_of(2)}), "OK");
  EXPECT_EQ(say(from, {"CLUSTER", "SETSLOT", slot, "NODE", cluster.id_of(2)}), "OK");
  EXPECT_EQ(rig.ask(Command("GET").key(there)), "\"x\"");
  EXPECT_EQ(redirections(rig, "moved"), 1u);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(rig.ask(Command("GET").key(missing)), "\"y\"");
  EXPECT_EQ(redirections(rig, "moved"), 1u);  // once is enough
}

TEST_F(RedisClusterClient, GivesUpOnRedirectionsInACircle) {
  const std::string key = key_of(0, 5);
  const std::string slot = std::to_string(slot_of(key));
  ASSERT_TRUE(rig.becomes_up());
  // The first sends to the second, which knows nothing of it and sends back.
  EXPECT_EQ(say(cluster.node(0), {"CLUSTER", "SETSLOT", slot, "MIGRATING", cluster.id_of(1)}), "OK");
  EXPECT_EQ(rig.ask(Command("GET").key(key)), "error: unavailable");
  EXPECT_EQ(redirections(rig, "moved") + redirections(rig, "ask"), 6u);
  EXPECT_EQ(say(cluster.node(0), {"CLUSTER", "SETSLOT", slot, "STABLE"}), "OK");
  EXPECT_EQ(rig.ask(Command("GET").key(key)), "(nil)");
}

TEST(RedisClusterFailover, SurvivesANodeThatDiesAndUsesItsReplica) {
  RedisCluster cluster(test::Servers::instance().home());
  auto settings = settings_for(cluster);
  settings.topology_interval = 10min;  // the loss itself is the reason to ask again
  RedisRig rig(settings);
  struct Heard {
    int messages = 0, connected = 0;
  } heard;
  const auto subscription =
      Subscription::start(*rig.client, {"news"},
                          {.on_message = [&](std::string_view, std::string_view) { ++heard.messages; },
                           .on_connected = [&] { ++heard.connected; }});
  const std::string lost = key_of(0), kept = key_of(2);
  ASSERT_EQ(rig.ask(set_command(lost, "1")), "OK");
  ASSERT_EQ(rig.ask(set_command(kept, "2")), "OK");
  const auto before = rig.run(rig.client->mget({lost})).value().run_id(0);
  // What the start asks for is over: only the loss is left as a reason to ask who serves the slots.
  rig.context.restart();
  rig.context.run_for(500ms);
  cluster.node(0).kill_hard();
  const auto died = steady_clock::now();
  ASSERT_TRUE(rig.run_until([&] { return rig.ask(Command("GET").key(lost)) == "error: unavailable"; }));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(rig.ask(Command("GET").key(kept)), "\"2\"");
  // MGET over both is an error, since one part of it is.
  EXPECT_TRUE(rig.run(rig.client->mget({kept, lost})).has_error());
  ASSERT_TRUE(rig.run_until([&] { return rig.ask(set_command(lost, "3")) == "OK"; }, 60s));
  RecordProperty("failover_ms", static_cast<int>((steady_clock::now() - died) / 1ms));
  const auto after = rig.run(rig.client->mget({lost})).value();
  EXPECT_EQ(after.value(0), "3");
  EXPECT_NE(after.run_id(0), before);
  ASSERT_TRUE(rig.run_until([&] { return heard.connected > 0 && subscription->is_connected(); }));
  rig.run(rig.client->publish("news", "x")).value();
  ASSERT_TRUE(rig.run_until([&] { return heard.messages == 1; }));
}

}  // namespace
}  // namespace salesflow::redis
