// One io_context a thread; everything on it is single-threaded. The server's object graph is built once per worker.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "platform/runtime/task.hpp"

namespace salesflow {

class WorkerThreads {
 public:
  /// `count` >= 1 contexts; no thread runs before start(). Threads are called `name`-0 and so on, at most 15 letters.
  explicit WorkerThreads(int count, std::string name = "sf-worker");
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  int count() const { return static_cast<int>(workers_.size()); }
  asio::io_context& context(int index) { return workers_[static_cast<std::size_t>(index)]->context; }

  void start();
  /// Lets each context run out of work, then joins: whoever holds work (sessions, pools) must be told to end first.
  void drain_and_join();
  /// Stops at once and joins; what still runs is destroyed with its context.
  void stop();

 private:
  struct Worker {
    asio::io_context context{1};
    asio::executor_work_guard<Executor> guard{context.get_executor()};
    std::thread thread;
  };
  const std::string name_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace salesflow
