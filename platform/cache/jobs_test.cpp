// A node follows operators, and says what it did.
#include "platform/cache/jobs.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

struct FakeStore : Store {
  Task<Result<Switch>> read_switch(RequestContext&) override {
    if (is_down)
      co_return fail(Errc::unavailable, "down");
    co_return told;
  }
  Task<Result<void>> note_node(RequestContext&, NodeState state) override {
    node = std::move(state);
    co_return Result<void>();
  }
  Task<Result<void>> note_figures(RequestContext&, FiguresOfNode noted) override {
    figures = std::move(noted);
    co_return Result<void>();
  }
  Switch told;
  bool is_down = false;
  NodeState node;
  FiguresOfNode figures;
};

Settings settings() {
  ConfigReader reader([](const std::string&) { return std::nullopt; });
  return Settings::read(reader);
}

struct CacheJobs : testing::Test {
  bool run(const jobs::Job& job) {
    RequestContext request;
    return test::run_task(job.run_once(request)).has_value();
  }
  void keep_something() {
    auto entry = std::make_shared<Entry>();
    entry->made.body = std::make_shared<const std::string>("x");
    shared.memory.put({1, 1}, std::move(entry));
  }
  bool is_kept() { return shared.memory.find({1, 1}) != nullptr; }
  std::uint64_t version_of_all() { return shared.tokens.version(Tag{everything.table, everything.scope, {}}.hash()); }

  FakeStore store;
  telemetry::Registry registry;
  Shared shared{settings(), registry};
  jobs::Job follow = follow_cache_job(store, shared, nullptr);
};

TEST_F(CacheJobs, TakesTheOperatorsWordAndReturnsToItsOwnSetting) {
  store.told.is_on = false;
  EXPECT_TRUE(run(follow));
  EXPECT_FALSE(shared.is_on());
  store.is_down = true;
  EXPECT_FALSE(run(follow));
  EXPECT_FALSE(shared.is_on()) << "without an answer all stays as it is";
  store.is_down = false;
  store.told.is_on.reset();
  EXPECT_TRUE(run(follow));
  EXPECT_TRUE(shared.is_on());
}

TEST_F(CacheJobs, ForgetsWhatIsKeptWhenAnOperatorSaysSo) {
  store.told.flushes = 7;
  store.told.memory_flushes = 2;
  keep_something();
  const auto before = version_of_all();
  EXPECT_TRUE(run(follow));
  EXPECT_TRUE(is_kept()) << "flushes of before its start";
  EXPECT_EQ(version_of_all(), before);

  store.told.memory_flushes = 3;
  EXPECT_TRUE(run(follow));
  EXPECT_FALSE(is_kept());
  EXPECT_EQ(version_of_all(), before) << "what Redis keeps still holds";

  keep_something();
  store.told.flushes = 8;
  EXPECT_TRUE(run(follow));
  EXPECT_FALSE(is_kept());
  EXPECT_NE(version_of_all(), before);
  EXPECT_EQ(shared.flushes_followed(), 8);
  const auto after = version_of_all();
  keep_something();
  EXPECT_TRUE(run(follow));
  EXPECT_TRUE(is_kept()) << "once";
  EXPECT_EQ(version_of_all(), after);
}

TEST_F(CacheJobs, NotesWhatBecameOfQuestionsByPolicy) {
  const Policy& lists = *shared.find_policy("lists");
  PolicyMetrics& own = shared.metrics_of(lists);
  own.asked[static_cast<std::size_t>(Outcome::hit)]->add(5);
  own.asked[static_cast<std::size_t>(Outcome::bypass)]->add(2);
  own.invalidated->add(3);
  own.expired->add(4);
  own.made->observe(2ms);
  shared.metrics.proofs_done.add(9);
  keep_something();
  EXPECT_TRUE(run(note_cache_job(store, shared, "here", false)));
  EXPECT_EQ(store.node.node, "here");
  EXPECT_EQ(store.node.hears, std::nullopt) << "without Redis";
  EXPECT_EQ(store.node.proofs_checked, 9);
  EXPECT_EQ(store.node.memory_entries, 1);
  ASSERT_EQ(store.figures.policies.size(), default_policies().size());
  const auto at = static_cast<std::size_t>(&lists - shared.settings.policies.data());
  EXPECT_EQ(store.figures.policies[at], "lists");
  EXPECT_EQ(store.figures.ttl_ms[at], 30'000);
  EXPECT_EQ(store.figures.hit[at], 5);
  EXPECT_EQ(store.figures.bypass[at], 2);
  EXPECT_EQ(store.figures.miss[at], 0);
  EXPECT_EQ(store.figures.invalidated[at], 3);
  EXPECT_EQ(store.figures.expired[at], 4);
  EXPECT_EQ(store.figures.made[at], 1);
  EXPECT_EQ(store.figures.made_us[at], 2'000);
  EXPECT_TRUE(run(note_cache_job(store, shared, "here", true)));
  EXPECT_EQ(store.node.hears, false);
}

}  // namespace
}  // namespace salesflow::cache
