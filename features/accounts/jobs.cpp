#include "features/accounts/jobs.hpp"

namespace salesflow::accounts {
namespace {

using namespace std::chrono_literals;

constexpr int purged_at_once = 1000;

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

jobs::Job watch_sessions_job(security::SessionWatch& watch, security::SessionWatchSettings settings) {
  jobs::Job job;
  job.name = "watch_sessions";
  job.interval = settings.poll_every;
  job.deadline = 1s;
  job.place = jobs::Place::per_node;
  job.run_once = [&watch](RequestContext&) -> Task<Result<jobs::Bite>> {
    const auto found = co_await watch.poll_once();
    if (!found)
      co_return found.error();
    co_return jobs::Bite{};  // an answer repeats what was told before, so its rows say nothing
  };
  return job;
}

jobs::Job purge_job(Store& store) {
  jobs::Job job;
  job.name = "purge_sessions";
  job.interval = 10min;
  job.jitter = 30s;
  job.deadline = 5s;
  job.place = jobs::Place::per_node;
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto deleted = co_await store.purge_expired(request, purged_at_once);
    if (!deleted)
      co_return deleted.error();
    co_return jobs::Bite{*deleted, *deleted > 0};
  };
  return job;
}

}  // namespace salesflow::accounts
