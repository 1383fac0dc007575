#include "platform/runtime/one_shot.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/runtime/blocking_pool.hpp"

namespace salesflow {
namespace {

Task<void> take(OneShot<std::string>& shot, std::string& out) {
  out = co_await shot.wait();
}

TEST(OneShot, DeliversAValueSetBeforeAndAfterTheWait) {
  for (const bool before : {true, false}) {
    asio::io_context context;
    OneShot<std::string> shot(context);
    std::string got;
    if (before)
      shot.set("value");
    asio::co_spawn(context, take(shot, got), asio::detached);
    context.poll();
    shot.set("value");
    context.restart();
    context.poll();
    EXPECT_EQ(got, "value");
  }
}

TEST(OneShot, KeepsTheFirstOfTwoValues) {
  asio::io_context context;
  OneShot<std::string> shot(context);
  std::string got;
  shot.set("first");
  shot.set("second");
  asio::co_spawn(context, take(shot, got), asio::detached);
  context.run();
  EXPECT_EQ(got, "first");
}

Task<void> run_on(BlockingPool& pool, asio::io_context& context, std::function<Result<int>()> work, Result<int>& out) {
  out = co_await pool.run<int>(context, std::move(work));
}

TEST(BlockingPool, RunsWorkElsewhereAndRefusesWhenTheQueueIsFull) {
  asio::io_context context;
  BlockingPool pool(1, 1);
  std::atomic<bool> release{false};
  Result<int> first = 0, second = 0;
  auto slow = [&]() -> Result<int> {
    while (!release)
      std::this_thread::yield();
    return 7;
  };
  asio::co_spawn(context, run_on(pool, context, slow, first), asio::detached);
  context.poll();
  asio::co_spawn(context, run_on(pool, context, slow, second), asio::detached);
  context.poll();
  release = true;
  context.restart();
  context.run();
  EXPECT_EQ(first.value(), 7);
  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace salesflow
