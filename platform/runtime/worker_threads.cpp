#include "platform/runtime/worker_threads.hpp"

#include <pthread.h>

#include <cstdlib>
#include <exception>

#include "platform/core/log.hpp"

namespace salesflow {

WorkerThreads::WorkerThreads(int count, std::string name) : name_(std::move(name)) {
  for (int i = 0; i < count; ++i)
    workers_.push_back(std::make_unique<Worker>());
}

WorkerThreads::~WorkerThreads() {
  stop();
}

void WorkerThreads::start() {
  int index = 0;
  for (auto& worker : workers_) {
    auto body = [&context = worker->context, name = name_ + "-" + std::to_string(index)] {
      pthread_setname_np(pthread_self(), name.c_str());
      try {
        context.run();
      } catch (const std::exception& bug) {
        // A bug outside a session: nothing on this thread can be trusted any more.
        log::error("worker_died", {{"what", bug.what()}});
        log::flush();
        std::abort();
      }
    };
    worker->thread = std::thread(std::move(body));
    ++index;
  }
}

void WorkerThreads::drain_and_join() {
  for (auto& worker : workers_)
    worker->guard.reset();
  for (auto& worker : workers_) {
    if (worker->thread.joinable())
      worker->thread.join();
  }
}

void WorkerThreads::stop() {
  for (auto& worker : workers_) {
    worker->guard.reset();
    worker->context.stop();
  }
  for (auto& worker : workers_) {
    if (worker->thread.joinable())
      worker->thread.join();
  }
}

}  // namespace salesflow
