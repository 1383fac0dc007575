#include "features/analytics/jobs.hpp"

#include "platform/core/log.hpp"

namespace salesflow::analytics {

using namespace std::chrono_literals;

namespace {
/// What refresh_summaries.sql takes of each log at once.
constexpr std::int64_t refreshed_entries_max = 20'000;
}  // namespace

jobs::Job fold_job(Store& store) {
  jobs::Job job;
  job.name = "fold_rollups";
  job.interval = 5s;
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto folded = co_await store.fold_rollups(request);
    if (!folded)
      co_return folded.error();
    co_return jobs::Bite{*folded, false};
  };
  return job;
}

jobs::Job refresh_summaries_job(Store& store) {
  jobs::Job job;
  job.name = "refresh_summaries";
  job.interval = 500ms;
  job.deadline = 2min;  // a key is computed whole, and a bulk load touches many
  job.has_work = [&store](RequestContext& request) -> Task<Result<bool>> {
    const auto entries = co_await store.count_invalidations(request);
    if (!entries)
      co_return entries.error();
    co_return *entries > 0;
  };
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto taken = co_await store.refresh_summaries(request);
    if (!taken)
      co_return taken.error();
    co_return jobs::Bite{*taken, *taken >= refreshed_entries_max};
  };
  return job;
}

jobs::Job refresh_views_job(Store& store) {
  jobs::Job job;
  job.name = "refresh_views";
  job.interval = 30s;
  job.jitter = 3s;
  job.deadline = 10min;  // a refresh reads whole tables
  job.run_once = [&store](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto began = std::chrono::steady_clock::now();
    const auto refreshed = co_await store.refresh_due_view(request);
    if (!refreshed)
      co_return refreshed.error();
    if (!*refreshed)
      co_return jobs::Bite{};
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    log::info("view_refreshed", {{"view", **refreshed}, {"ms", took.count()}});
    co_return jobs::Bite{1, true};
  };
  return job;
}

}  // namespace salesflow::analytics
