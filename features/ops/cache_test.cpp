// What operators are told of the cache, and what forgetting does in which order.
#include "features/ops/cache.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"

namespace salesflow::ops {
namespace {

struct FakeStore : CacheStore {
  Task<Result<OneRow<CacheSwitchRow>>> read_switch(RequestContext&) override {
    co_return OneRow<CacheSwitchRow>{CacheSwitchRow{false, 3, 5, std::nullopt}, {}};
  }
  Task<Result<RowSet<CacheNodeRow>>> list_nodes(RequestContext&) override { co_return RowSet<CacheNodeRow>(); }
  Task<Result<RowSet<CacheFigureRow>>> list_figures(RequestContext&) override { co_return RowSet<CacheFigureRow>(); }
  Task<Result<bool>> switch_cache(RequestContext&, std::optional<bool>) override {
    co_return std::as_const(is_superadmin);
  }
  Task<Result<bool>> empty_cache(RequestContext&, bool memory_only) override {
    done += is_superadmin ? (memory_only ? "memory " : "all ") : "refused ";
    co_return std::as_const(is_superadmin);
  }
  Task<Result<void>> set_switch(RequestContext&, std::optional<bool>) override { co_return Result<void>(); }
  Task<Result<void>> flush(RequestContext&, bool memory_only) override {
    done += memory_only ? "memory " : "all ";
    co_return Result<void>();
  }
  bool is_superadmin = true;
  std::string done;
};

struct FakeKeys : CacheKeys {
  explicit FakeKeys(FakeStore& all) : store(all) {}
  bool has_redis() const override { return is_there; }
  Task<Result<std::int64_t>> remove(std::string pattern) override {
    store.done += "remove:" + pattern + " ";
    if (is_away)
      co_return fail(Errc::unavailable, "away");
    co_return std::int64_t{7};
  }
  FakeStore& store;
  bool is_there = true, is_away = false;
};

struct OpsCache : testing::Test {
  FakeStore store;
  FakeKeys keys{store};
  RequestContext request;
};

TEST_F(OpsCache, OnlySuperadminsSwitchAndEmptyIt) {
  store.is_superadmin = false;
  EXPECT_EQ(test::run_task(switch_cache(store, {}, request, true)).error().code, Errc::forbidden);
  EXPECT_EQ(test::run_task(empty_cache(store, keys, request, std::nullopt)).error().code, Errc::forbidden);
  EXPECT_EQ(test::run_task(empty_cache(store, keys, request, "*")).error().code, Errc::forbidden);
  EXPECT_EQ(store.done, "refused refused ") << "nothing was removed";
}

TEST_F(OpsCache, ForgetsAllOrByPatternAndThenWhatNodesReadAgain) {
  auto all = test::run_task(empty_cache(store, keys, request, std::nullopt));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->removed, std::nullopt);
  EXPECT_EQ(std::exchange(store.done, ""), "all ");
  auto some = test::run_task(empty_cache(store, keys, request, "{u:1}*"));
  ASSERT_TRUE(some);
  EXPECT_EQ(some->removed, 7);
  EXPECT_EQ(std::exchange(store.done, ""), "memory remove:{u:1}* memory ");
  EXPECT_TRUE(test::run_task(flush_cache(store, keys, request, "{u:1}*")));
  EXPECT_EQ(std::exchange(store.done, ""), "remove:{u:1}* memory ");
  keys.is_away = true;
  EXPECT_EQ(test::run_task(flush_cache(store, keys, request, "*")).error().code, Errc::unavailable);
}

TEST_F(OpsCache, SaysThatThereIsNoRedis) {
  keys.is_there = false;
  const auto some = test::run_task(flush_cache(store, keys, request, "{u:1}*"));
  ASSERT_TRUE(some);
  EXPECT_EQ(some->removed, std::nullopt);
  EXPECT_TRUE(some->says.starts_with("There is no Redis here"));
  EXPECT_EQ(store.done, "memory ");
}

TEST_F(OpsCache, TellsTheSwitchAndPoliciesWithoutFigures) {
  const auto answer =
      test::run_task(read_cache(store, {{"lists", "strict", 30'000, 0, 30, "Pages.", {"list_leads"}}}, request));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->on, false);
  EXPECT_EQ(answer->flushes, 3);
  ASSERT_EQ(answer->policies.size(), 1u);
  EXPECT_EQ(answer->policies[0].policy.ttl_ms, 30'000);
  EXPECT_EQ(answer->policies[0].hit_rate, std::nullopt);
}

}  // namespace
}  // namespace salesflow::ops
