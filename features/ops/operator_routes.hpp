// What the routes of operators have in common.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "features/ops/rights.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::ops {

template <class Answer>
Result<http::Response> to_response(const Result<Answer>& answer) {
  if (!answer)
    return answer.error();
  return http::json_response(json::to_json(*answer));
}

/// Asks the database for the right, then `handler`.
inline Task<Result<http::Response>> handle_for_operator(
    RightStore& rights, std::shared_ptr<const std::function<Task<Result<http::Response>>(http::Request&)>> handler,
    http::Request& request) {
  const auto may = co_await check_operator(rights, *request.context);
  if (!may)
    co_return may.error();
  co_return co_await (*handler)(request);
}

/// What operators read, and superadmins as well (docs/decisions/0073). path, operation and summary must be static
/// storage; `rights` outlives the route. The reference is good until the next call.
template <class Answer, class Handlers>
http::Route& add_for_operators(http::RouteTable<Handlers>& table, RightStore& rights, std::string_view path,
                               std::string_view operation, std::string_view summary,
                               typename http::RouteTable<Handlers>::Handler handler) {
  http::Route& route = table.add(http::Method::get, path, operation, summary, handler);
  route.error_statuses.push_back(403);
  auto inner =
      std::make_shared<const std::function<Task<Result<http::Response>>(http::Request&)>>(std::move(route.handler));
  route.handler = [&rights, inner](http::Request& request) { return handle_for_operator(rights, inner, request); };
  http::answers<Answer>(route);
  return route;
}

/// What changes the service. path, operation and summary must be static storage. The reference is good until the next
/// call.
template <class Answer, class Handlers>
http::Route& add_for_superadmins(http::RouteTable<Handlers>& table, http::Method method, std::string_view path,
                                 std::string_view operation, std::string_view summary,
                                 typename http::RouteTable<Handlers>::Handler handler) {
  http::Route& route = table.add(method, path, operation, summary, handler);
  route.auth = http::Auth::superadmin;
  http::answers<Answer>(route);
  return route;
}

}  // namespace salesflow::ops
