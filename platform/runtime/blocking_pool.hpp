// A few threads for work that blocks or burns CPU (argon2id, mail spool), with a bounded queue.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "platform/core/result.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow {

/// Thread-safe. Callers wait on their own io_context, never on the pool's threads.
class BlockingPool {
 public:
  BlockingPool(int threads, int queue_max) : pool_(static_cast<std::size_t>(threads)), queue_max_(queue_max) {}
  ~BlockingPool() { pool_.join(); }
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` (returning Result<T>, owning all it uses) on the pool.
  /// Errors: unavailable with Retry-After when queue_max pieces of work already wait; whatever `work` returns.
  template <class T>
  Task<Result<T>> run(asio::io_context& context, std::function<Result<T>()> work) {
    if (queued_.fetch_add(1, std::memory_order_relaxed) >= queue_max_) {
      queued_.fetch_sub(1, std::memory_order_relaxed);
      Error error = fail(Errc::unavailable, "Too many requests of this kind at once; try again");
      error.retry_after_s = 1;
      co_return error;
    }
    auto answer = std::make_shared<OneShot<Result<T>>>(context);
    auto job = [this, answer, &context, work = std::move(work), guard = asio::make_work_guard(context)]() mutable {
      Result<T> result = work();
      queued_.fetch_sub(1, std::memory_order_relaxed);
      auto deliver = [answer, result = std::move(result)]() mutable { answer->set(std::move(result)); };
      asio::post(context, std::move(deliver));
    };
    asio::post(pool_, std::move(job));
    co_return co_await answer->wait();
  }

 private:
  asio::thread_pool pool_;
  std::atomic<int> queued_{0};
  int queue_max_;
};

}  // namespace salesflow
