#include "features/ops/jobs.hpp"

#include "platform/telemetry/history.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::ops {

using namespace std::chrono_literals;

jobs::Job watch_figures_job(FigureStore& store, telemetry::Registry& metrics, Clock now) {
  auto& broken = metrics.gauge("salesflow_figure_triggers_broken",
                               "Triggers of kept figures that are disabled or missing: salesflow rollup status");
  jobs::Job job;
  job.name = "watch_figures";
  job.interval = 15s;
  job.jitter = 1s;
  job.place = jobs::Place::per_node;
  job.run_once = [&store, &metrics, &broken, now](RequestContext& request) -> Task<Result<jobs::Bite>> {
    const auto faults = co_await store.list_trigger_faults(request);
    if (!faults)
      co_return faults.error();
    broken.set(static_cast<std::int64_t>(faults->size()));
    const auto figures = co_await store.list_figures(request);
    if (!figures)
      co_return figures.error();
    for (const FigureRow& figure : *figures) {
      const std::string name(figure.name);
      if (figure.kind == "log")
        metrics
            .gauge("salesflow_summary_backlog", "Entries of an invalidation log that wait, to 100,001", {{"log", name}})
            .set(figure.waiting.value_or(0));
      if (figure.kind == "roll-up")
        metrics
            .gauge("salesflow_rollup_deltas", "Deltas of a roll-up that are not folded, to 100,001", {{"rollup", name}})
            .set(figure.waiting.value_or(0));
      if (figure.wrong)
        metrics.gauge("salesflow_figure_wrong", "Groups or rows that were wrong when last verified", {{"figure", name}})
            .set(*figure.wrong);
    }
    const auto views = co_await store.list_views(request);
    if (!views)
      co_return views.error();
    for (const ViewRow& view : *views) {
      const std::int64_t age =
          view.refreshed_at
              ? std::max<std::int64_t>(
                    std::chrono::duration_cast<std::chrono::seconds>(now() - *view.refreshed_at).count(), 0)
              : -1;
      metrics
          .gauge("salesflow_view_age_seconds", "Since a materialized view was refreshed; -1: it never was",
                 {{"view", std::string(view.name)}})
          .set(age);
    }
    co_return jobs::Bite{};
  };
  return job;
}

jobs::Job note_speed_job(telemetry::History& history) {
  jobs::Job job;
  job.name = "note_speed";
  job.interval = 15s;
  job.place = jobs::Place::per_node;
  job.run_once = [&history](RequestContext&) -> Task<Result<jobs::Bite>> {
    history.take();
    co_return jobs::Bite{};
  };
  return job;
}

}  // namespace salesflow::ops
