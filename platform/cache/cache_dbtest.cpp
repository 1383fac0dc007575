// The cache over one real Redis: what may be used again, and what may not.
#include "platform/cache/cache.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "platform/cache/channel.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/redis_rig.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

const Uuid some_user = *Uuid::parse("0192f0c1-0000-7000-8000-000000000001");
const Uuid some_org = *Uuid::parse("0192f0c1-0000-7000-8000-000000000002");
const Place leads{"leads", 'u'}, deals{"deals", 'o'};

/// Answers a number that counts how often it was asked.
class Counting : public Maker {
 public:
  explicit Counting(asio::io_context& context) : context_(context) {}
  Task<Made> make(std::vector<Place>& places) override {
    ++*made;
    const int number = *made;
    if (takes > 0ms) {
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
          pause(context_, takes);
      co_await pause.async_wait(use_task);
    }
    places = made_of;
    Made answer;
    answer.is_kept = is_kept;
    answer.body = std::make_shared<const std::string>(std::to_string(number) + std::string(padding, 'x'));
    answer.etag = '"' + std::to_string(number) + '"';
    answer.snapshot = snapshot;
    answer.valid_until = valid_until;
    co_return answer;
  }
  std::shared_ptr<Maker> detach() override { return std::make_shared<Counting>(*this); }

  std::shared_ptr<int> made = std::make_shared<int>(0);
  std::vector<Place> made_of{everything, leads, deals};
  std::string snapshot = "100:100:";
  std::chrono::milliseconds takes{0};
  bool is_kept = true;
  std::size_t padding = 0;
  TimePoint valid_until = TimePoint::max();

 private:
  asio::io_context& context_;
};

/// A node: its own process' share, one thread.
struct Node {
  Node(test::RedisRig& rig, bool with_redis)
      : client(with_redis ? &*rig.client : nullptr),
        shared(settings(), registry),
        cache(shared, rig.context, rig.timer, client) {
    if (with_redis)
      channel.emplace(shared, *client);
  }
  static Settings settings() {
    ConfigReader reader([](const std::string&) { return std::nullopt; });
    Settings read = Settings::read(reader);
    read.patience = 2s;  // sanitizers are slow
    read.proof_every = 0;
    return read;
  }
  redis::Client* client;
  telemetry::Registry registry;
  Shared shared;
  Cache cache;
  std::optional<Channel> channel;
};

redis::Settings redis_settings() {
  redis::Settings settings;
  settings.url = test::Servers::instance().redis().url();
  settings.command_timeout = 20s;
  return settings;
}

class CacheTest : public testing::TestWithParam<bool> {
 public:
  CacheTest() : rig(redis_settings()), one(rig, GetParam()), two(rig, GetParam()), maker(rig.context) {
    test::say(test::Servers::instance().redis(), {"FLUSHALL"});
    EXPECT_TRUE(rig.becomes_up());
    const auto hear = [&] { return one.shared.hears() && two.shared.hears(); };
    EXPECT_TRUE(!GetParam() || rig.run_until(hear));
    for (Node* node : {&one, &two}) {
      node->shared.learn("strict", maker.made_of);
      node->shared.learn("bounded", maker.made_of);
    }
  }

  ~CacheTest() override {
    EXPECT_TRUE(rig.run_until([&] { return one.cache.is_idle() && two.cache.is_idle(); }));
  }

  Ask ask(Node& node, std::string_view name = "strict", std::uint64_t key = 1) {
    Ask wanted;
    wanted.key = {key, name == "bounded" ? key + 1'000 : key};
    wanted.name = name;
    wanted.policy = node.shared.find_policy(name == "bounded" ? "dashboard" : "lists");
    wanted.identity.user_id = some_user;
    wanted.identity.org_id = some_org;
    wanted.cluster = 9;
    return wanted;
  }
  /// "hit 1": what became of it, and the answer's number.
  std::string get(Node& node, Ask wanted) {
    const Got got = rig.run(node.cache.get_or_make(std::move(wanted), maker));
    return std::string(to_string(got.outcome)) + " " + (got.entry ? got.entry->made.body->substr(0, 3) : "-");
  }
  std::string get(Node& node, std::string_view name = "strict") { return get(node, ask(node, name)); }
  void bump(Node& node, Place place, std::uint64_t xid = 100, Identity identity = {some_user, some_org, {}}) {
    auto work = [](Cache& cache, Identity identity, Place place, std::uint64_t xid) -> Task<bool> {
      std::vector<Place> places{place};
      co_await cache.bump(identity, std::move(places), xid);
      co_return true;
    };
    EXPECT_TRUE(rig.run(work(node.cache, identity, place, xid)));
  }

  test::RedisRig rig;
  Node one, two;
  Counting maker;
};

TEST_P(CacheTest, UsesAnAnswerUntilOneOfItsTablesChanges) {
  EXPECT_EQ(get(one), "miss 1");
  EXPECT_EQ(get(one), "hit 1");
  bump(one, leads);
  EXPECT_EQ(get(one), "miss 2");
  EXPECT_EQ(get(one), "hit 2");
  bump(one, deals);
  EXPECT_EQ(get(one), "miss 3");
  bump(one, {"contacts", 'o'});
  bump(one, leads, 100, {some_org, some_org, {}});  // somebody else's leads
  EXPECT_EQ(get(one), "hit 3");
  bump(one, everything);
  EXPECT_EQ(get(one), "miss 4");
}

TEST_P(CacheTest, NeverShowsAClientLessThanItWrote) {
  EXPECT_EQ(get(one), "miss 1");
  Ask own = ask(one);
  own.seen = {{9, 99, 0}};
  EXPECT_EQ(get(one, own), "hit 1");
  own.seen = {{9, 99, 0}, {9, 100, 0}};
  maker.snapshot = "101:101:";
  EXPECT_EQ(get(one, own), "miss 2");
  EXPECT_EQ(get(one, own), "hit 2");
  own.seen = {{8, 1'000, 0}};  // of another database
  EXPECT_EQ(get(one, own), "hit 2");
}

TEST_P(CacheTest, AStampOfTheFarFutureDoesNotSwitchItOff) {
  Ask own = ask(one);
  own.seen = {{9, std::uint64_t{1} << 40, 0}};
  EXPECT_EQ(get(one, own), "miss 1");
  EXPECT_EQ(get(one, own), "hit 1");
  EXPECT_GE(one.shared.metrics.stamps_ignored.value(), 1u);
}

TEST_P(CacheTest, EndsAnAnswerWhenItsTimeHasCome) {
  maker.valid_until = system_now() + 300ms;
  EXPECT_EQ(get(one), "miss 1");
  EXPECT_EQ(get(one), "hit 1");
  rig.run_until([&] { return system_now() >= maker.valid_until; });
  maker.valid_until = TimePoint::max();
  EXPECT_EQ(get(one), "miss 2");
}

TEST_P(CacheTest, KeepsNoErrorsAndNothingTooLarge) {
  maker.is_kept = false;
  EXPECT_EQ(get(one), "miss -");
  EXPECT_EQ(get(one), "miss -");
  maker.is_kept = true;
  maker.padding = 2 << 20;
  EXPECT_EQ(get(one), "miss -");
  EXPECT_EQ(get(one), "miss -");
  EXPECT_EQ(*maker.made, 4);
}

TEST_P(CacheTest, KeepsOnlyWhatItReadTheTokensOf) {
  maker.made_of.push_back({"tasks", 'o'});
  EXPECT_EQ(get(one), "miss -");  // it is learned
  EXPECT_EQ(get(one), "miss 2");
  EXPECT_EQ(get(one), "hit 2");
  bump(one, {"tasks", 'o'});
  EXPECT_EQ(get(one), "miss 3");
}

TEST_P(CacheTest, MakesOneAnswerForAllWhoAskAtOnce) {
  maker.takes = 50ms;
  std::vector<std::string> outcomes;
  for (int i = 0; i < 500; ++i) {
    auto work = [](CacheTest& test, Node& node, std::vector<std::string>& outcomes) -> Task<void> {
      const Got got = co_await node.cache.get_or_make(test.ask(node), test.maker);
      outcomes.push_back(got.entry ? *got.entry->made.body : "-");
    };
    asio::co_spawn(rig.context, work(*this, one, outcomes), asio::detached);
  }
  ASSERT_TRUE(rig.run_until([&] { return outcomes.size() == 500; }));
  EXPECT_EQ(*maker.made, 1);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "1"), 500);
}

TEST_P(CacheTest, WhoAsksBehindAWriteIsNotGivenWhatWasBegunBefore) {
  maker.takes = 200ms;
  std::string first, second;
  auto work = [](CacheTest& test, Node& node, std::string& says) -> Task<void> {
    const Got got = co_await node.cache.get_or_make(test.ask(node), test.maker);
    says = got.entry ? *got.entry->made.body : "-";
  };
  asio::co_spawn(rig.context, work(*this, one, first), asio::detached);
  ASSERT_TRUE(rig.run_until([&] { return *maker.made == 1; }));
  bump(one, leads);
  asio::co_spawn(rig.context, work(*this, one, second), asio::detached);
  ASSERT_TRUE(rig.run_until([&] { return !second.empty() && !first.empty(); }));
  EXPECT_EQ(first, "1");
  EXPECT_EQ(second, "2");
}

TEST_P(CacheTest, ABoundedAnswerThatIsQuicklyMadeIsNotShownOnceItHasChanged) {
  EXPECT_EQ(get(one, "bounded"), "miss 1");
  bump(one, leads);
  EXPECT_EQ(get(one, "bounded"), "miss 2");
}

TEST_P(CacheTest, ABoundedAnswerIsMadeAnewBehindTheBack) {
  maker.takes = 60ms;
  EXPECT_EQ(get(one, "bounded"), "miss 1");
  EXPECT_EQ(get(one, "bounded"), "hit 1");
  bump(one, leads);
  EXPECT_EQ(get(one, "bounded"), "stale 1");
  EXPECT_TRUE(rig.run_until([&] { return *maker.made == 2; }));
  EXPECT_TRUE(rig.run_until([&] { return get(one, "bounded") == "hit 2"; }));
}

TEST_P(CacheTest, ASwitchedOffCacheKeepsNothing) {
  EXPECT_EQ(get(one), "miss 1");
  one.shared.switch_on(false);
  EXPECT_EQ(get(one), "bypass -");
  EXPECT_EQ(get(one), "bypass -");
  one.shared.switch_on(true);
  EXPECT_EQ(*maker.made, 3);
}

TEST_P(CacheTest, FetchesAValueOnce) {
  int fetched = 0;
  Cache::Fetch fetch = [&fetched]() -> Task<Result<std::string>> {
    ++fetched;
    if (fetched == 1)
      co_return fail(Errc::unavailable, "not now");
    co_return "value " + std::to_string(fetched);
  };
  const auto get_value = [&] {
    return rig.run(one.cache.get_or_fetch(ask(one, "value", 7), {everything, leads}, fetch));
  };
  EXPECT_FALSE(get_value());
  EXPECT_EQ(get_value().value(), "value 2");
  EXPECT_EQ(get_value().value(), "value 2");
  EXPECT_EQ(rig.run(one.cache.get(ask(one, "value", 7), {everything, leads})), "value 2");
  bump(one, leads);
  EXPECT_EQ(rig.run(one.cache.get(ask(one, "value", 7), {everything, leads})), std::nullopt);
  EXPECT_EQ(get_value().value(), "value 3");
}

INSTANTIATE_TEST_SUITE_P(Cache, CacheTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "WithRedis" : "Alone"; });

/// What only Redis brings.
class CacheWithRedis : public CacheTest {};

TEST_P(CacheWithRedis, OneNodeUsesWhatAnotherMadeAndHearsOfItsWrites) {
  maker.takes = 60ms;
  EXPECT_EQ(get(one), "miss 1");
  EXPECT_TRUE(rig.run_until([&] { return get(two) == "hit 1"; }, 2s));
  bump(two, leads);
  EXPECT_EQ(get(one).substr(0, 4), "miss");
  EXPECT_EQ(get(two, "bounded").substr(0, 4), "miss");
  EXPECT_EQ(get(one, "bounded").substr(0, 3), "hit");
  bump(two, deals);
  EXPECT_TRUE(rig.run_until([&] { return get(one, "bounded").starts_with("miss"); }, 2s));
}

TEST_P(CacheWithRedis, NothingOutlivesItsServer) {
  EXPECT_EQ(get(one), "miss 1");
  EXPECT_EQ(get(one), "hit 1");
  test::say(test::Servers::instance().redis(), {"FLUSHALL"});
  EXPECT_EQ(get(one), "miss 2");
}

TEST_P(CacheWithRedis, ForeignValuesAreMisses) {
  EXPECT_EQ(get(one), "miss 1");
  const auto keys = [&] { return rig.run(rig.client->run(redis::Command("KEYS").arg("sf:a:*"))); };
  EXPECT_TRUE(rig.run_until([&] { return keys()->reply.size() == 1; }));
  auto answer = keys();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->reply.size(), 1u);
  const std::string key(answer->reply[0].text());
  for (const std::string& value : {std::string("{\"cached\":true}"), std::string(5000, '\0'), std::string()}) {
    EXPECT_EQ(rig.ask(redis::Command("SET").key(key).arg(value)), "OK");
    one.shared.memory.clear();
    EXPECT_EQ(get(one).substr(0, 4), "miss");
    // Another connection may write it, a little later.
    EXPECT_TRUE(rig.run_until([&] { return rig.ask(redis::Command("GET").key(key)) != value; }));
  }
  EXPECT_EQ(rig.ask(redis::Command("DEL").key(key)), "1");
  EXPECT_EQ(rig.ask(redis::Command("LPUSH").key(key).arg("another type")), "1");
  one.shared.memory.clear();
  EXPECT_EQ(get(one).substr(0, 4), "miss");
  EXPECT_GE(one.shared.metrics.foreign_values.value(), 3u);
}

TEST_P(CacheWithRedis, AFullServerForgetsInsteadOfLying) {
  EXPECT_EQ(get(one), "miss 1");
  EXPECT_EQ(get(one), "hit 1");
  const auto& server = test::Servers::instance().redis();
  test::say(server, {"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  test::say(server, {"CONFIG", "SET", "maxmemory", "1"});
  bump(one, leads);
  test::say(server, {"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(get(one), "miss 2");
}

TEST_P(CacheWithRedis, ExpensiveAnswersAreMadeByOneNode) {
  maker.takes = 300ms;
  std::vector<std::string> outcomes;
  for (Node* node : {&one, &two}) {
    auto work = [](CacheWithRedis& test, Node& node, std::vector<std::string>& outcomes) -> Task<void> {
      const Got got = co_await node.cache.get_or_make(test.ask(node, "bounded"), test.maker);
      outcomes.push_back(got.entry ? *got.entry->made.body : "-");
    };
    asio::co_spawn(rig.context, work(*this, *node, outcomes), asio::detached);
  }
  ASSERT_TRUE(rig.run_until([&] { return outcomes.size() == 2; }));
  EXPECT_EQ(*maker.made, 1);
  EXPECT_EQ(outcomes, (std::vector<std::string>{"1", "1"}));
}

TEST_P(CacheWithRedis, ALostChannelEndsWhatWasUnasked) {
  EXPECT_EQ(get(one, "bounded"), "miss 1");
  EXPECT_EQ(get(one, "bounded"), "hit 1");
  const auto before = rig.client->writes();
  EXPECT_EQ(get(one, "bounded"), "hit 1");
  EXPECT_EQ(rig.client->writes(), before);  // unasked
  test::say(test::Servers::instance().redis(), {"CLIENT", "KILL", "TYPE", "pubsub"});
  const auto epoch = one.shared.epoch();
  EXPECT_TRUE(rig.run_until([&] { return one.shared.epoch() != epoch; }, 5s));
  EXPECT_EQ(get(one, "bounded"), "hit 1");
  EXPECT_GT(rig.client->writes(), before);  // asked for
}

TEST_P(CacheWithRedis, OperatorsRemoveByPattern) {
  EXPECT_EQ(get(one), "miss 1");
  EXPECT_TRUE(rig.run_until([&] { return get(two) == "hit 1"; }, 2s));
  EXPECT_EQ(rig.run(one.cache.invalidate_pattern("{u:" + some_org.to_string() + "}*")).value(), 0);
  EXPECT_EQ(rig.run(one.cache.invalidate_pattern("{u:" + some_user.to_string() + "}*")).value(), 1);
}

TEST_P(CacheWithRedis, WhatMayNeverBeUsedStaysInMemory) {
  const auto kept = [&] { return rig.run(two.cache.invalidate_pattern("*")).value(); };
  std::uint64_t key = 10;
  for (; key < 100; ++key)
    get(one, ask(one, "strict", key));
  EXPECT_TRUE(rig.run_until([&] { return kept() == 0; }));
  const auto probe = [&] { return get(one, ask(one, "strict", ++key)).starts_with("miss"); };
  EXPECT_TRUE(rig.run_until(probe));
  EXPECT_EQ(kept(), 0);
  const auto is_shared = [&] {
    get(one, ask(one, "strict", key));
    return kept() == 1;
  };
  EXPECT_TRUE(rig.run_until(is_shared)) << "it hits again and again";
}

INSTANTIATE_TEST_SUITE_P(Cache, CacheWithRedis, testing::Values(true), [](const auto&) { return "WithRedis"; });

}  // namespace
}  // namespace salesflow::cache
