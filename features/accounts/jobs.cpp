#include "features/accounts/jobs.hpp"

#include <boost/asio/redirect_error.hpp>

#include "platform/core/log.hpp"

namespace salesflow::accounts {
namespace {

using namespace std::chrono_literals;

Task<Result<std::vector<security::RevokedSession>>> ask(Store& store, TimePoint since) {
  RequestContext request;
  request.deadline = std::chrono::steady_clock::now() + 400ms;
  request.route = "list_revoked_sessions";
  auto rows = co_await store.list_revoked_sessions(request, since);
  if (!rows)
    co_return rows.error();
  std::vector<security::RevokedSession> sessions;
  sessions.reserve(rows->size());
  for (const RevokedRow& row : *rows)
    sessions.push_back({row.session_id, row.revoked_at});
  co_return sessions;
}

}  // namespace

security::SessionWatch::Fetch revocation_source(Store& store) {
  return [&store](TimePoint since) { return ask(store, since); };
}

Task<Result<int>> PurgeJob::purge_once() {
  int total = 0;
  for (int round = 0; round < rounds_max && !stopped_; ++round) {
    RequestContext request;
    request.deadline = std::chrono::steady_clock::now() + 5s;
    request.route = "purge_expired";
    const auto deleted = co_await store_.purge_expired(request, rows_max);
    if (!deleted)
      co_return deleted.error();
    total += *deleted;
    if (*deleted == 0)
      break;
  }
  co_return total;
}

Task<void> PurgeJob::run() {
  while (!stopped_) {
    const auto deleted = co_await purge_once();
    if (!deleted)
      log::warn("purge_failed", {{"detail", deleted.error().log_detail}});
    if (stopped_)
      break;
    timer_.expires_after(every);
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(use_task, ignored));
  }
}

void PurgeJob::stop() {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace salesflow::accounts
