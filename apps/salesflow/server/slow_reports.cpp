#include "apps/salesflow/server/slow_reports.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/core/log.hpp"

namespace salesflow::apps {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds between_looks{10}, between_looks_at_one{60};

double in_ms(std::chrono::microseconds took) {
  return static_cast<double>(took.count()) / 1000;
}

std::vector<ops::ParameterShape> to_shapes(const std::vector<http::ParameterShape>& from) {
  std::vector<ops::ParameterShape> shapes;
  for (const auto& shape : from)
    shapes.push_back({shape.name, std::string(shape.type), static_cast<std::int64_t>(shape.bytes)});
  return shapes;
}

const CatalogueEntry* find_entry(const Query* query) {
  for (const CatalogueEntry& entry : all_statements()) {
    if (entry.query == query)
      return &entry;
  }
  return nullptr;
}

/// Blocking. Without literals, or for a write, nothing is run.
Result<ops::SlowPlan> look(cluster::SqlSession& session, const plans::Tenant& tenant, const Query& query,
                           std::optional<std::vector<std::string>> literals) {
  ops::SlowPlan plan;
  plan.query = query.name;
  plan.variant = query.variant;
  std::string why = query.mode == QueryMode::write ? "it writes" : "its values are not kept";
  if (literals) {
    const auto facts =
        plans::explain(session, tenant, query, *literals, plans::PlanMode::generic, plans::Execution::read_only);
    if (facts) {
      plan.how = "EXPLAIN (ANALYZE, BUFFERS) afterwards: the generic plan, with the same values";
      plan.took_ms = facts->milliseconds;
      plan.buffers = facts->buffers;
      plan.rows = facts->rows;
      plan.plan = facts->text;
      return plan;
    }
    if (facts.error().code == Errc::unavailable)
      return facts.error();
    why = "ANALYZE failed";  // the server's message may quote a value
  }
  const std::vector<std::string> nothing(query.argument_count, "NULL");
  const auto facts = plans::explain(session, tenant, query, nothing, plans::PlanMode::generic, plans::Execution::none);
  if (!facts)
    return facts.error();
  plan.how = "EXPLAIN afterwards, without ANALYZE: " + why;
  plan.plan = facts->text;
  return plan;
}

}  // namespace

void SlowReports::on_slow(const http::SlowExchange& exchange) {
  const RequestContext& context = exchange.context;
  StatementTrace::Slowest slowest;
  ops::SlowRequest slow;
  slow.at = exchange.ended_at;
  slow.request = context.request_id;
  slow.method = http::to_string(exchange.method);
  slow.route = exchange.route ? std::string(exchange.route->path) : "none";
  slow.status = exchange.status;
  slow.took_ms = in_ms(exchange.took);
  slow.db_ms = in_ms(context.db_time);
  slow.pool_wait_ms = in_ms(context.pool_wait);
  slow.other_ms = in_ms(std::max(exchange.took - context.db_time, 0us));  // statements of a screen go side by side
  slow.statements = context.statements;
  slow.round_trips = context.round_trips;
  slow.rows = context.rows;
  slow.body_bytes = static_cast<std::int64_t>(exchange.body_bytes);
  slow.parameters = to_shapes(exchange.parameters);
  for (QueryMetrics* pool : pools_) {
    for (ops::SlowQuery& query : pool->take_slow(context, exchange.started_at, slowest))
      slow.queries.push_back(std::move(query));
  }
  watch_.slow.add(std::move(slow));
  if (slowest.query && watch_.desk.closed().empty())
    look_at_plan(context, std::move(slowest));
}

void SlowReports::look_at_plan(const RequestContext& request, StatementTrace::Slowest slowest) {
  const auto now = std::chrono::steady_clock::now();
  SteadyTime& looked_at = looked_at_[slowest.query];
  const bool is_new = looked_at == SteadyTime();
  if (now < next_look_ || (!is_new && now - looked_at < between_looks_at_one))
    return;
  const CatalogueEntry* const entry = find_entry(slowest.query);
  if (!entry || !entry->unplanned.empty())
    return;  // one function: its plan says nothing
  looked_at = now;
  next_look_ = now + between_looks;
  plans::Tenant tenant;
  if (!request.identity.user_id.is_nil())
    tenant.user_id = request.identity.user_id;
  if (!request.identity.org_id.is_nil())
    tenant.org_id = request.identity.org_id;
  auto work = [this, tenant, query = slowest.query, literals = std::move(slowest.literals),
               id = request.request_id]() -> Task<void> {
    // The frame lives as long as this closure, which co_spawn keeps.
    std::function<Result<ops::SlowPlan>(cluster::SqlSession&)> ask =
        [tenant, query, literals](cluster::SqlSession& session) { return look(session, tenant, *query, literals); };
    auto plan = co_await watch_.desk.run<ops::SlowPlan>(context_, std::move(ask));
    if (plan)
      watch_.slow.add_plan(id, std::move(*plan));
    else
      log::info("slow_plan_missing", {{"request", id}, {"code", to_string(plan.error().code)}});
  };
  asio::co_spawn(context_, std::move(work), asio::detached);
}

}  // namespace salesflow::apps
