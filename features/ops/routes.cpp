#include "features/ops/routes.hpp"

#include "features/ops/operator_routes.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/json/read.hpp"

namespace salesflow::ops {
namespace {

struct AnalyticsBody {
  Text<1, 20> mode;  // live, mv, raw; default: each node's own setting
};
BOOST_DESCRIBE_STRUCT(AnalyticsBody, (), (mode))

class Handlers {
 public:
  Handlers(Store& store, FigureStore& figures) : store_(store), figures_(figures) {}

  Task<Result<http::Response>> list_jobs(http::Request& request) {
    co_return to_response(co_await ops::list_jobs(store_, *request.context));
  }

  Task<Result<http::Response>> list_changes(http::Request& request) {
    co_return to_response(co_await ops::list_changes(store_, *request.context));
  }

  Task<Result<http::Response>> list_rollups(http::Request& request) {
    co_return to_response(co_await ops::list_rollups(figures_, *request.context));
  }

  Task<Result<http::Response>> read_analytics(http::Request& request) {
    co_return to_response(co_await ops::read_analytics(figures_, *request.context));
  }

  Task<Result<http::Response>> switch_analytics(http::Request& request) {
    auto body = http::read_body<AnalyticsBody>(request);
    if (!body)
      co_return body.error();
    co_return to_response(co_await ops::switch_analytics(figures_, *request.context, std::move(body->mode.value)));
  }

 private:
  Store& store_;
  FigureStore& figures_;
};

}  // namespace

std::vector<http::Route> routes(RightStore& rights, Store& store, FigureStore& figures) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(store, figures), "ops");
  add_for_operators<JobsAnswer>(table, rights, "/api/ops/jobs", "list_jobs",
                                "Background jobs: who runs each, its last run and its next; for operators.",
                                &Handlers::list_jobs);
  add_for_operators<ChangesAnswer>(table, rights, "/api/ops/changes", "list_changes",
                                   "Changes on their way from writers to caches and streams; for operators.",
                                   &Handlers::list_changes);
  add_for_operators<RollupsAnswer>(table, rights, "/api/ops/rollups", "list_rollups",
                                   "Kept figures: what waits, what is wrong, what proofs found; for operators.",
                                   &Handlers::list_rollups);
  add_for_operators<AnalyticsAnswer>(
      table, rights, "/api/ops/analytics", "read_analytics_mode",
      "Where all nodes read analytics from, and the age of the materialized views; for operators.",
      &Handlers::read_analytics);
  auto& switched = add_for_superadmins<AnalyticsAnswer>(
      table, http::Method::put, "/api/ops/analytics", "switch_analytics_mode",
      "Switches where all nodes read analytics from; for superadmins.", &Handlers::switch_analytics);
  http::takes_body<AnalyticsBody>(switched);
  return std::move(table).take();
}

}  // namespace salesflow::ops
