// Background work for operators: watching kept figures, noting speeds.
#pragma once

#include "features/ops/figures.hpp"
#include "platform/core/time.hpp"
#include "platform/jobs/job.hpp"

namespace salesflow::telemetry {
class History;
class Registry;
}  // namespace salesflow::telemetry

namespace salesflow::ops {

/// Every 15 s on each node, so that each one's metrics tell: salesflow_summary_backlog by log (alarm at 10,000),
/// salesflow_rollup_deltas by rollup, salesflow_figure_wrong by figure as the last verify found it,
/// salesflow_view_age_seconds by view, and salesflow_figure_triggers_broken. Store and metrics must outlive the job.
jobs::Job watch_figures_job(FigureStore& store, telemetry::Registry& metrics, Clock now = system_now);

/// Every 15 s on each node: a sample of how fast routes and statements are. No statement is run. `history` must outlive
/// the job.
jobs::Job note_speed_job(telemetry::History& history);

}  // namespace salesflow::ops
