#include "features/ops/operator_routes.hpp"
#include "features/ops/routes.hpp"

namespace salesflow::ops {
namespace {

class Handlers {
 public:
  Handlers(SpeedStore& store, Measurements& measured, SlowLog& slow, PlanWatch& plans)
      : store_(store), measured_(measured), slow_(slow), plans_(plans) {}

  Task<Result<http::Response>> list_routes(http::Request&) {
    co_return http::json_response(json::to_json(measured_.routes()));
  }
  Task<Result<http::Response>> list_queries(http::Request&) {
    co_return http::json_response(json::to_json(measured_.queries()));
  }
  Task<Result<http::Response>> list_slow(http::Request&) { co_return http::json_response(json::to_json(slow_.read())); }
  Task<Result<http::Response>> list_plans(http::Request&) {
    co_return http::json_response(json::to_json(plans_.read()));
  }
  Task<Result<http::Response>> list_indexes(http::Request& request) {
    co_return to_response(co_await list_index_use(store_, *request.context));
  }

 private:
  SpeedStore& store_;
  Measurements& measured_;
  SlowLog& slow_;
  PlanWatch& plans_;
};

}  // namespace

std::vector<http::Route> speed_routes(RightStore& rights, SpeedStore& store, Measurements& measured, SlowLog& slow,
                                      PlanWatch& plans) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(store, measured, slow, plans), "ops");
  add_for_operators<RoutesAnswer>(table, rights, "/api/ops/routes", "list_route_speed",
                                  "Routes of this node in the last five minutes: times, rate, errors; for operators.",
                                  &Handlers::list_routes);
  add_for_operators<QueriesAnswer>(
      table, rights, "/api/ops/queries", "list_query_speed",
      "Statements of this node in the last five minutes: times, rate, errors, buffers a call; for operators.",
      &Handlers::list_queries);
  add_for_operators<SlowAnswer>(table, rights, "/api/ops/slow", "list_slow_requests",
                                "The last slow requests of this node: statements, waits, plans; for operators.",
                                &Handlers::list_slow);
  add_for_operators<PlansAnswer>(
      table, rights, "/api/ops/plans", "list_plan_findings",
      "Statements that left the buffers of their header, with the plan before and now; for operators.",
      &Handlers::list_plans);
  add_for_operators<IndexesAnswer>(table, rights, "/api/ops/indexes", "list_index_use",
                                   "How tables and indexes are used: scans, sizes, what is unused; for operators.",
                                   &Handlers::list_indexes);
  return std::move(table).take();
}

}  // namespace salesflow::ops
