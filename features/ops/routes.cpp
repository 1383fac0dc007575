#include "features/ops/routes.hpp"

#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

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
    const auto answer = co_await ops::list_jobs(store_, *request.context);
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

  Task<Result<http::Response>> list_changes(http::Request& request) {
    const auto answer = co_await ops::list_changes(store_, *request.context);
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

  Task<Result<http::Response>> list_rollups(http::Request& request) {
    const auto answer = co_await ops::list_rollups(figures_, *request.context);
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

  Task<Result<http::Response>> read_analytics(http::Request& request) {
    const auto answer = co_await ops::read_analytics(figures_, *request.context);
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

  Task<Result<http::Response>> switch_analytics(http::Request& request) {
    auto body = http::read_body<AnalyticsBody>(request);
    if (!body)
      co_return body.error();
    const auto answer = co_await ops::switch_analytics(figures_, *request.context, std::move(body->mode.value));
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

 private:
  Store& store_;
  FigureStore& figures_;
};

}  // namespace

std::vector<http::Route> routes(Store& store, FigureStore& figures) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(store, figures), "ops");
  auto& list =
      table.add(http::Method::get, "/api/ops/jobs", "list_jobs",
                "Background jobs: who runs each, its last run and its next; for superadmins.", &Handlers::list_jobs);
  list.auth = http::Auth::superadmin;
  http::answers<JobsAnswer>(list);
  auto& changes =
      table.add(http::Method::get, "/api/ops/changes", "list_changes",
                "Changes on their way from writers to caches and streams; for superadmins.", &Handlers::list_changes);
  changes.auth = http::Auth::superadmin;
  http::answers<ChangesAnswer>(changes);
  auto& rollups = table.add(http::Method::get, "/api/ops/rollups", "list_rollups",
                            "Kept figures: what waits, what is wrong, what proofs found; for superadmins.",
                            &Handlers::list_rollups);
  rollups.auth = http::Auth::superadmin;
  http::answers<RollupsAnswer>(rollups);
  auto& analytics =
      table.add(http::Method::get, "/api/ops/analytics", "read_analytics_mode",
                "Where all nodes read analytics from, and the age of the materialized views; for superadmins.",
                &Handlers::read_analytics);
  analytics.auth = http::Auth::superadmin;
  http::answers<AnalyticsAnswer>(analytics);
  auto& switched =
      table.add(http::Method::put, "/api/ops/analytics", "switch_analytics_mode",
                "Switches where all nodes read analytics from; for superadmins.", &Handlers::switch_analytics);
  switched.auth = http::Auth::superadmin;
  http::takes_body<AnalyticsBody>(switched);
  http::answers<AnalyticsAnswer>(switched);
  return std::move(table).take();
}

}  // namespace salesflow::ops
