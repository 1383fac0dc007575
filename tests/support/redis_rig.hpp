// A Redis client on its own io_context, driven by the test's thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>

#include "platform/redis/client.hpp"

namespace salesflow::test {

/// The io_context, timer and Client of one worker thread. Everything runs inside run() and run_until().
class RedisRig {
 public:
  explicit RedisRig(redis::Settings settings)
      : timer(context), client(std::in_place, context, timer, std::move(settings), &registry) {}
  ~RedisRig() {
    client.reset();
    context.restart();
    context.run_for(std::chrono::milliseconds(100));
  }

  /// Runs the task to its end; throws what it throws, and std::runtime_error after 60 s.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr thrown;
    bool ended = false;
    auto on_end = [&](std::exception_ptr error, T result) {
      thrown = error;
      value.emplace(std::move(result));
      ended = true;
    };
    asio::co_spawn(context, std::move(task), std::move(on_end));
    if (!run_until([&] { return ended; }, std::chrono::seconds(60)))
      throw std::runtime_error("the task did not end");
    if (thrown)
      std::rethrow_exception(thrown);
    return std::move(*value);
  }
  /// Turns the context until the condition holds; false after the limit.
  template <class Condition>
  bool run_until(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end)
        return false;
      context.restart();
      context.run_one_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  /// One command's answer in Redis' notation, or "error: CODE".
  std::string ask(redis::Command command) {
    auto answer = run(client->run(std::move(command)));
    if (!answer)
      return "error: " + std::string(to_string(answer.error().code));
    return redis::to_string(answer->reply.value());
  }
  bool becomes_up() {
    return run_until([&] { return client->is_up(); });
  }

  asio::io_context context{1};
  telemetry::Registry registry;
  CoarseTimer timer;
  std::optional<redis::Client> client;
};

}  // namespace salesflow::test
