#include "platform/postgres/request.hpp"

namespace salesflow::postgres {

void Request::reset() {
  end = End::pending;
  error = {};
  refusal = {};
  results.clear();
  described.reset();
  snapshot.clear();
  as_of.reset();
  xid = lsn = 0;
  connection = nullptr;
  syncs_left = 0;
  was_sent = refused = begun = copying = committed = stream_complete = was_in_front = stale_statement = false;
}

Task<void> Request::wait() {
  if (end != End::pending)
    co_return;
  auto start = [this](Handler handler) { waiter_.emplace(std::move(handler)); };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(std::move(start), use_task);
}

void Request::resume() {
  if (!waiter_)
    return;  // it ended before anybody waited
  Handler waiter = std::move(*waiter_);
  waiter_.reset();
  std::move(waiter)();
}

}  // namespace salesflow::postgres
