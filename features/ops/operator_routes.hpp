// What the routes of operators have in common.
#pragma once

#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::ops {

template <class Answer>
Result<http::Response> to_response(const Result<Answer>& answer) {
  if (!answer)
    return answer.error();
  return http::json_response(json::to_json(*answer));
}

/// path, operation and summary must be static storage. The reference is good until the next call.
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
