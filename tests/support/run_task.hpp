// run_task: runs a coroutine to its end on a fresh io_context and hands back its value; for tests.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <stdexcept>

#include "platform/runtime/task.hpp"

namespace salesflow::test {

/// Runs `task` on `context` until the task ends; other work of the context runs meanwhile. Rethrows what it throws.
template <class T>
T run_task(asio::io_context& context, Task<T> task) {
  std::optional<T> value;
  std::exception_ptr thrown;
  bool ended = false;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T result) {
    thrown = error;
    value.emplace(std::move(result));
    ended = true;
  });
  context.restart();
  while (!ended) {
    if (context.run_one() == 0)
      throw std::logic_error("the coroutine waits for something that never comes");
  }
  if (thrown)
    std::rethrow_exception(thrown);
  return std::move(*value);
}

template <class T>
T run_task(Task<T> task) {
  asio::io_context context;
  return run_task(context, std::move(task));
}

}  // namespace salesflow::test
