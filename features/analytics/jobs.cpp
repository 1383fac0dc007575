#include "features/analytics/jobs.hpp"

#include "platform/core/enums.hpp"
#include "platform/core/log.hpp"

namespace salesflow::analytics {

using namespace std::chrono_literals;

namespace {
/// What refresh_summaries.sql takes of each log at once.
constexpr std::int64_t refreshed_entries_max = 20'000;
constexpr int rest_to_work = 4;
/// A node's word holds for 90 s (migration 0090); it is given again when less than this is left.
constexpr std::chrono::seconds views_wanted_again{60};
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

jobs::Job refresh_summaries_job(Store& store, std::function<SteadyTime()> now) {
  const auto rests_until = std::make_shared<SteadyTime>();
  jobs::Job job;
  job.name = "refresh_summaries";
  job.interval = 500ms;
  job.deadline = 2min;  // a key is computed whole, and a bulk load touches many
  job.has_work = [&store, rests_until, now](RequestContext& request) -> Task<Result<bool>> {
    if (now() < *rests_until)
      co_return false;
    const auto entries = co_await store.count_invalidations(request);
    if (!entries)
      co_return entries.error();
    co_return *entries > 0;
  };
  job.run_once = [&store, rests_until, now](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto began = now();
    const auto taken = co_await store.refresh_summaries(request);
    if (!taken)
      co_return taken.error();
    *rests_until = now() + rest_to_work * (now() - began);
    co_return jobs::Bite{*taken, *taken >= refreshed_entries_max};
  };
  return job;
}

jobs::Job refresh_views_job(Store& store) {
  jobs::Job job;
  job.name = "refresh_views";
  job.interval = 2s;     // whoever switches to the views waits for their refresh
  job.deadline = 10min;  // a refresh reads whole tables
  job.has_work = [&store](RequestContext& request) { return store.is_view_due(request); };
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

jobs::Job follow_mode_job(ModeStore& store, std::atomic<Source>& mode, ModeSettings settings, Clock clock) {
  jobs::Job job;
  job.name = "follow_analytics_mode";
  job.interval = 1s;
  job.deadline = 1s;
  job.place = jobs::Place::per_node;
  job.run_once = [&store, &mode, settings, clock](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto row = co_await store.read_mode(request);
    if (!row)
      co_return row.error();
    const Source next = row->mode.value_or(settings.own);
    const Source before = mode.exchange(next, std::memory_order_relaxed);
    if (before != next)
      log::info("analytics_mode", {{"mode", enum_name(next)}, {"before", enum_name(before)}});
    const bool wants_views = settings.refresh_views || (!row->mode && settings.own == Source::mv);
    if (wants_views && row->views_wanted_until < clock() + views_wanted_again) {
      const auto wanted = co_await store.want_views(request);
      if (!wanted)
        co_return wanted.error();
    }
    co_return jobs::Bite{before != next ? 1 : 0, false};
  };
  return job;
}

}  // namespace salesflow::analytics
