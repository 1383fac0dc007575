// Forgetting all that is kept, with Redis and while it cannot be told.
#include "platform/cache/flush.hpp"

#include <gtest/gtest.h>

#include "platform/cache/cache.hpp"
#include "platform/cache/channel.hpp"
#include "tests/support/redis_rig.hpp"
#include "tests/support/servers.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

redis::Settings redis_settings() {
  redis::Settings settings;
  settings.url = test::Servers::instance().redis().url();
  settings.command_timeout = 20s;
  return settings;
}

Settings cache_settings() {
  ConfigReader reader([](const std::string&) { return std::nullopt; });
  Settings settings = Settings::read(reader);
  settings.prefix = "flush";
  settings.patience = 2s;  // sanitizers are slow
  return settings;
}

struct Process {
  telemetry::Registry registry;
  Shared shared{cache_settings(), registry};
};

TEST(CacheFlush, EndsWhatEveryNodeAndRedisKeep) {
  test::RedisRig rig(redis_settings());
  ASSERT_TRUE(rig.becomes_up());
  Process one, two;
  Cache of_one(one.shared, rig.context, rig.timer, &*rig.client),
      of_two(two.shared, rig.context, rig.timer, &*rig.client);
  int fetched = 0;
  Cache::Fetch fetch = [&fetched]() -> Task<Result<std::string>> { co_return "value " + std::to_string(++fetched); };
  const auto get = [&](Process& process, Cache& cache) {
    Ask ask;
    ask.key = {3, 4};
    ask.name = "value";
    ask.policy = process.shared.find_policy("lists");
    ask.cluster = 9;
    return rig.run(cache.get_or_fetch(std::move(ask), {everything}, fetch)).value();
  };
  EXPECT_EQ(get(one, of_one), "value 1");
  EXPECT_EQ(get(one, of_one), "value 1");
  const std::string key = "flush:a:{u:" + Uuid().to_string() + "}:00000000000000030000000000000004";
  EXPECT_TRUE(rig.run_until([&] { return rig.ask(redis::Command("EXISTS").key(key)) == "1"; }));
  EXPECT_EQ(get(two, of_two), "value 1") << "out of Redis";
  EXPECT_TRUE(rig.run(flush(one.shared, &*rig.client)));
  EXPECT_EQ(one.shared.memory.size().entries, 0u);
  EXPECT_EQ(get(two, of_two), "value 2") << "what it has in memory counts for nothing, too";
  EXPECT_EQ(get(one, of_one), "value 2");
}

TEST(CacheFlush, SaysThatRedisCouldNotBeTold) {
  redis::Settings nowhere;
  nowhere.url = "redis://127.0.0.1:1";
  test::RedisRig rig(nowhere);
  Process one;
  auto entry = std::make_shared<Entry>();
  entry->made.body = std::make_shared<const std::string>("x");
  one.shared.memory.put({1, 1}, std::move(entry));
  EXPECT_FALSE(rig.run(flush(one.shared, &*rig.client)));
  EXPECT_EQ(one.shared.memory.size().entries, 0u) << "this process has forgotten all the same";
}

}  // namespace
}  // namespace salesflow::cache
