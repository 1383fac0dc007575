// OneShot<T>: a value that arrives once; one coroutine of the same thread waits for it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/assert.hpp>
#include <optional>
#include <utility>

#include "platform/runtime/task.hpp"

namespace salesflow {

/// Single-threaded. `set` may come before or after `wait`; the second and later `set` are ignored, so a deadline and an
/// answer may race. The waiter resumes from the io_context, never inside `set`. Must outlive its waiter.
template <class T>
class OneShot {
 public:
  explicit OneShot(asio::io_context& context) : context_(context) {}
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;

  bool is_set() const { return set_; }

  void set(T value) {
    if (set_)
      return;
    set_ = true;
    value_.emplace(std::move(value));
    if (handler_) {
      asio::post(context_, [handler = std::move(*handler_), value = std::move(*value_)]() mutable {
        std::move(handler)(std::move(value));
      });
      handler_.reset();
    }
  }

  /// At most one waiter, once.
  Task<T> wait() {
    if (set_)
      co_return std::move(*value_);
    auto start = [this](Handler handler) { handler_.emplace(std::move(handler)); };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(T)>(std::move(start), use_task);
  }

 private:
  using Handler = typename asio::async_result<asio::use_awaitable_t<Executor>, void(T)>::handler_type;
  asio::io_context& context_;
  std::optional<Handler> handler_;
  std::optional<T> value_;
  bool set_ = false;
};

}  // namespace salesflow
