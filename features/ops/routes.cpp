#include "features/ops/routes.hpp"

#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::ops {
namespace {

class Handlers {
 public:
  explicit Handlers(Store& store) : store_(store) {}

  Task<Result<http::Response>> list_jobs(http::Request& request) {
    auto rows = co_await store_.list_jobs(*request.context);
    if (!rows)
      co_return rows.error();
    JobsAnswer answer;
    answer.jobs = std::move(*rows);
    co_return http::json_response(json::to_json(answer));
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
  return std::move(table).take();
}

}  // namespace salesflow::ops
