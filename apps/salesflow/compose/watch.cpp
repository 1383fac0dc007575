#include "apps/salesflow/compose/watch.hpp"

#include <cmath>
#include <map>

#include "features/ops/routes.hpp"
#include "platform/core/catalogue.hpp"
#include "platform/jobs/runner.hpp"

namespace salesflow::apps {
namespace {

constexpr const char* route_seconds = "salesflow_http_request_duration_seconds";
constexpr const char* query_seconds = "salesflow_query_seconds";
constexpr const char* answers_total = "salesflow_http_requests_total";
constexpr const char* rows_total = "salesflow_query_rows_total";
constexpr const char* errors_total = "salesflow_query_errors_total";

std::string why_closed(const postgres::PoolSettings& pool) {
  if (pool.conninfo.empty())
    return "DATABASE_URL is not set";
  if (pool.mode == postgres::PoolMode::pooled)
    return "DATABASE_URL goes through a pooler: plans are looked at on a connection straight to PostgreSQL only";
  return "";
}

double rounded(double value, double to) {
  return std::round(value * to) / to;
}

/// Mean and quantiles, in milliseconds.
template <class Speed>
void tell_times(Speed& speed, const telemetry::Histogram::Snapshot& seen) {
  const auto ms = [](double us) { return rounded(us / 1000, 1000); };
  speed.mean_ms = ms(static_cast<double>(seen.sum_us) / static_cast<double>(seen.count));
  speed.p50_ms = ms(telemetry::quantile_us(seen, 0.5));
  speed.p95_ms = ms(telemetry::quantile_us(seen, 0.95));
  speed.p99_ms = ms(telemetry::quantile_us(seen, 0.99));
}

double per_second(std::uint64_t count, std::chrono::duration<double> length) {
  return length.count() > 0 ? rounded(static_cast<double>(count) / length.count(), 1000) : 0;
}

std::string label(const telemetry::Labels& labels, const char* name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

const Query* find_query(const std::string& name) {
  static const std::map<std::string_view, const Query*> all = [] {
    std::map<std::string_view, const Query*> queries;
    for (const CatalogueEntry& entry : all_statements())
      queries.emplace(entry.query->name, entry.query);
    return queries;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

ops::PlanFinding to_finding(const plans::Departure& departure) {
  const Query& query = *departure.entry->query;
  ops::PlanFinding finding;
  finding.query = query.name;
  finding.variant = query.variant;
  finding.file = query.file;
  finding.since = departure.since;
  finding.last_at = departure.last_at;
  finding.is_over = departure.is_over;
  finding.buffers_a_call = rounded(departure.buffers_a_call, 10);
  finding.budget = rounded(departure.budget, 10);
  finding.rows_a_call = rounded(departure.rows_a_call, 10);
  finding.calls = departure.calls;
  finding.plan_turned = departure.plan_turned();
  finding.plan_before = departure.plan_before;
  finding.plan_now = departure.plan_now;
  if (!departure.no_plan.empty())
    finding.no_plan = departure.no_plan;
  return finding;
}

struct SpeedSlice {
  explicit SpeedSlice(postgres::Database& db)
      : rights(ops::make_pg_right_store(db)), store(ops::make_pg_speed_store(db)) {}
  std::unique_ptr<ops::RightStore> rights;
  std::unique_ptr<ops::SpeedStore> store;
};

}  // namespace

Watch::Watch(const Shared& shared)
    : node(jobs::make_node_name()),
      history(shared.metrics, {route_seconds, query_seconds}, {answers_total, rows_total, errors_total}),
      slow(node, shared.config.http.slow_request),
      guard(all_statements()),
      desk(shared.config.app_pool.conninfo, why_closed(shared.config.app_pool)) {}

ops::RoutesAnswer Watch::routes() {
  const auto window = history.window();
  std::map<std::string, ops::RouteSpeed> routes;
  for (const auto& series : window.histograms) {
    if (series.family != route_seconds)
      continue;
    auto& speed = routes[label(series.labels, "route")];
    speed.requests = static_cast<std::int64_t>(series.seen.count);
    speed.per_s = per_second(series.seen.count, window.length);
    tell_times(speed, series.seen);
  }
  for (const auto& series : window.counters) {
    if (series.family != answers_total)
      continue;
    const std::string status = label(series.labels, "status");
    auto& speed = routes[label(series.labels, "route")];
    if (status.starts_with('5'))
      speed.errors += static_cast<std::int64_t>(series.seen);
    else if (status.starts_with('4'))
      speed.refused += static_cast<std::int64_t>(series.seen);
  }
  ops::RoutesAnswer answer;
  answer.node = node;
  answer.window_s = rounded(window.length.count(), 10);
  for (auto& [name, speed] : routes) {
    speed.route = name;
    answer.routes.push_back(std::move(speed));
  }
  return answer;
}

ops::QueriesAnswer Watch::queries() {
  const auto window = history.window();
  const auto seen = guard.view();
  std::map<std::string, ops::QuerySpeed> queries;
  std::map<std::string, std::uint64_t> rows;
  for (const auto& series : window.histograms) {
    if (series.family != query_seconds)
      continue;
    auto& speed = queries[label(series.labels, "query")];
    speed.calls = static_cast<std::int64_t>(series.seen.count);
    speed.per_s = per_second(series.seen.count, window.length);
    tell_times(speed, series.seen);
  }
  for (const auto& series : window.counters) {
    const std::string name = label(series.labels, "query");
    if (series.family == rows_total)
      rows[name] += series.seen;
    else if (series.family == errors_total)
      queries[name].errors += static_cast<std::int64_t>(series.seen);
  }
  ops::QueriesAnswer answer;
  answer.node = node;
  answer.window_s = rounded(window.length.count(), 10);
  if (!desk.closed().empty())
    answer.no_buffers = desk.closed();
  else if (!seen.rests.empty())
    answer.no_buffers = seen.rests;
  else if (!seen.looked_at)
    answer.no_buffers = "pg_stat_statements was not looked at yet: this process has just started";
  for (auto& [name, speed] : queries) {
    speed.query = name;
    if (speed.calls > 0)
      speed.rows_a_call = rounded(static_cast<double>(rows[name]) / static_cast<double>(speed.calls), 10);
    if (const Query* query = find_query(name)) {
      speed.file = query->file;
      speed.budget = query->budget;
    }
    if (const auto use = seen.use.find(name); use != seen.use.end() && use->second.calls > 0) {
      speed.buffers_a_call =
          rounded(static_cast<double>(use->second.buffers) / static_cast<double>(use->second.calls), 10);
    }
    answer.queries.push_back(std::move(speed));
  }
  return answer;
}

ops::PlansAnswer Watch::read() {
  const auto seen = guard.view();
  ops::PlansAnswer answer;
  answer.node = node;
  if (!desk.closed().empty())
    answer.rests = desk.closed();
  else if (!seen.rests.empty())
    answer.rests = seen.rests;
  answer.looked_at = seen.looked_at;
  answer.statements_known = static_cast<std::int64_t>(seen.statements_known);
  for (const plans::Departure& departure : seen.departures)
    answer.findings.push_back(to_finding(departure));
  return answer;
}

void add_speed(Composition& to, Watch& watch) {
  auto& slice = to.keep<SpeedSlice>(to.app_db);
  to.router.add(ops::speed_routes(*slice.rights, *slice.store, watch, watch.slow, watch));
}

}  // namespace salesflow::apps
