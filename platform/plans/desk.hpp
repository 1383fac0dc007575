// Desk: a thread and a connection of a server's own, where statements are planned again beside its requests.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "platform/cluster/sql_session.hpp"
#include "platform/runtime/blocking_pool.hpp"

namespace salesflow::plans {

/// One a process, thread-safe. The connection is made when first needed, by the login of requests, since plans depend
/// on it; it is straight to PostgreSQL, for its settings are its own.
class Desk {
 public:
  /// `closed`: why there is none, "" to open it.
  Desk(std::string conninfo, std::string closed) : conninfo_(std::move(conninfo)), closed_(std::move(closed)) {}

  const std::string& closed() const { return closed_; }

  /// Runs `work` with the session, off the caller's thread; one after the other.
  /// Errors: unavailable (closed, no connection, several pieces of work wait already); whatever `work` returns.
  template <class T>
  Task<Result<T>> run(asio::io_context& context, std::function<Result<T>(cluster::SqlSession&)> work) {
    if (!closed_.empty())
      co_return fail(Errc::unavailable, closed_);
    std::function<Result<T>()> all = [this, work = std::move(work)]() -> Result<T> {
      if (auto opened = open(); !opened)
        return opened.error();
      auto answer = work(*session_);
      if (!answer && answer.error().code == Errc::unavailable)
        session_.reset();
      return answer;
    };
    co_return co_await pool_.run<T>(context, std::move(all));
  }

 private:
  static constexpr int queue_max = 4;

  Result<void> open();

  const std::string conninfo_, closed_;
  std::optional<cluster::SqlSession> session_;  // of the pool's one thread
  BlockingPool pool_{1, queue_max};
};

/// The same with limits on how long a connection and an answer are waited for, unless it has its own.
std::string with_time_limits(const std::string& conninfo);

}  // namespace salesflow::plans
