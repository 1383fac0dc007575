#include "platform/plans/jobs.hpp"

#include <algorithm>

#include "platform/core/log.hpp"
#include "platform/plans/catalogue_check.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::plans {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds interval{15};

telemetry::Gauge& ratio_of(telemetry::Registry& metrics, const Departure& departure) {
  return metrics.gauge("salesflow_plan_over_budget_percent",
                       "Buffers a call in percent of the header's budget, while they are over it",
                       {{"query", std::string(departure.entry->query->name)}});
}

void tell(telemetry::Registry& metrics, const Look& look) {
  for (const Departure& one : look.left) {
    const Query& query = *one.entry->query;
    metrics
        .counter("salesflow_plan_departures_total", "Statements that left the buffers of their header",
                 {{"query", std::string(query.name)}})
        .add();
    ratio_of(metrics, one).set(static_cast<std::int64_t>(100 * one.buffers_a_call / one.budget));
    log::warn("plan_left_budget", {{"query", title_of(query)},
                                   {"file", query.file},
                                   {"buffers_a_call", one.buffers_a_call},
                                   {"budget", one.budget},
                                   {"calls", one.calls},
                                   {"plan_turned", one.plan_turned()},
                                   {"plan_before", one.plan_before.value_or("")},
                                   {"plan_now", one.plan_now.value_or(one.no_plan)}});
  }
  for (const Departure& one : look.returned) {
    ratio_of(metrics, one).set(0);
    log::info("plan_kept_again", {{"query", title_of(*one.entry->query)}});
  }
}

}  // namespace

jobs::Job guard_plans_job(asio::io_context& context, Desk& desk, Guard& guard, telemetry::Registry& metrics) {
  auto& over = metrics.gauge("salesflow_plans_over_budget",
                             "Statements whose buffers a call are over their header's budget now");
  const auto first = std::make_shared<SteadyTime>(std::chrono::steady_clock::now() + interval);
  jobs::Job job;
  job.name = "guard_plans";
  job.interval = interval;
  job.jitter = 1s;
  job.deadline = 30s;
  job.place = jobs::Place::per_node;
  job.has_work = [first](RequestContext&) -> Task<Result<bool>> {
    const bool is_time = std::chrono::steady_clock::now() >= *first;  // a server that starts has better things to do
    co_return Result<bool>(is_time);
  };
  job.run_once = [&context, &desk, &guard, &metrics, &over](RequestContext&) -> Task<Result<jobs::Bite>> {
    std::function<Result<Look>(cluster::SqlSession&)> work = [&guard](cluster::SqlSession& session) {
      return guard.look(session, system_now());
    };
    const auto look = co_await desk.run<Look>(context, std::move(work));
    if (!look)
      co_return look.error();
    const GuardView view = guard.view();
    if (look->began_to_rest)
      log::info("plan_guard_rests", {{"why", view.rests}});
    tell(metrics, *look);
    over.set(std::count_if(view.departures.begin(), view.departures.end(),
                           [](const Departure& one) { return one.is_over; }));
    co_return jobs::Bite{static_cast<std::int64_t>(look->left.size()), false};
  };
  return job;
}

}  // namespace salesflow::plans
