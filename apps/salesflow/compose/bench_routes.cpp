#include "apps/salesflow/compose/bench_routes.hpp"

namespace salesflow::apps {
namespace {

http::Route bench_route(std::string_view path, std::string_view operation, std::size_t bytes) {
  const std::string head = R"({"text":")", tail = R"("})";
  auto body = std::make_shared<const std::string>(head + std::string(bytes - head.size() - tail.size(), 'x') + tail);
  http::Route route;
  route.path = path;
  route.operation = operation;
  route.summary = "A fixed answer for benchmarks.";
  route.tag = "bench";
  route.auth = http::Auth::user;
  route.is_always_served = true;
  route.handler = [body](http::Request&) -> Task<Result<http::Response>> {
    http::Response response;
    response.body = body;
    co_return response;
  };
  return route;
}

}  // namespace

std::vector<http::Route> bench_routes() {
  return {bench_route("/bench/200b", "bench_200b", 200), bench_route("/bench/20kb", "bench_20kb", 20'480)};
}

}  // namespace salesflow::apps
