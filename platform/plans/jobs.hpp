// The guard as a background job.
#pragma once

#include "platform/jobs/job.hpp"
#include "platform/plans/desk.hpp"
#include "platform/plans/guard.hpp"

namespace salesflow::telemetry {
class Registry;
}

namespace salesflow::plans {

/// Every 15 s on each node, after a first rest as long: a look. Log: plan_left_budget (warn) with both plans,
/// plan_kept_again and plan_guard_rests (info). Metrics: salesflow_plans_over_budget (statements, now),
/// salesflow_plan_departures_total and salesflow_plan_over_budget_percent by query: buffers a call in percent of the
/// budget when it left it, 0 when it keeps it. All must outlive the job.
jobs::Job guard_plans_job(asio::io_context& context, Desk& desk, Guard& guard, telemetry::Registry& metrics);

}  // namespace salesflow::plans
