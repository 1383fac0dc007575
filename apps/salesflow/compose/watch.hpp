// Watch: what a process knows of its own speed, for operators: histograms of the last minutes, slow requests, plans.
#pragma once

#include "apps/salesflow/compose/composition.hpp"
#include "features/ops/plan_watch.hpp"
#include "features/ops/slow_log.hpp"
#include "features/ops/speed.hpp"
#include "platform/plans/desk.hpp"
#include "platform/plans/guard.hpp"
#include "platform/telemetry/history.hpp"

namespace salesflow::apps {

/// One a process; lives longer than the workers and shorter than `shared`. Thread-safe.
class Watch final : public ops::Measurements, public ops::PlanWatch {
 public:
  explicit Watch(const Shared& shared);

  ops::RoutesAnswer routes() override;
  ops::QueriesAnswer queries() override;
  ops::PlansAnswer read() override;

  const std::string node;
  telemetry::History history;
  ops::SlowLog slow;
  plans::Guard guard;
  plans::Desk desk;  // the last: its thread uses the guard
};

/// The routes over it, on the public address or on that of operators.
void add_speed(Composition& to, Watch& watch);

}  // namespace salesflow::apps
