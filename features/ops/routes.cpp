#include "features/ops/routes.hpp"

#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::ops {
namespace {

class Handlers {
 public:
  explicit Handlers(Store& store) : store_(store) {}

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

 private:
  Store& store_;
};

}  // namespace

std::vector<http::Route> routes(Store& store) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(store), "ops");
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
  return std::move(table).take();
}

}  // namespace salesflow::ops
