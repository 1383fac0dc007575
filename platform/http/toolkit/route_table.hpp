// RouteTable: a slice's routes, each started by one call with what all of them share.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "platform/http/toolkit/route.hpp"
#include "platform/json/describe_schema.hpp"

namespace salesflow::http {

/// `Handlers` has one member function a route; the routes keep it alive.
template <class Handlers>
class RouteTable {
 public:
  using Handler = Task<Result<Response>> (Handlers::*)(Request&);

  RouteTable(std::shared_ptr<Handlers> handlers, std::string_view tag) : handlers_(std::move(handlers)), tag_(tag) {}

  /// path, operation and summary must be static storage. The reference is good until the next add().
  Route& add(Method method, std::string_view path, std::string_view operation, std::string_view summary,
             Handler handler) {
    Route& route = routes_.emplace_back();
    route.method = method;
    route.path = path;
    route.operation = operation;
    route.summary = summary;
    route.tag = tag_;
    route.handler = [handlers = handlers_, handler](Request& request) { return ((*handlers).*handler)(request); };
    return route;
  }

  std::vector<Route> take() && { return std::move(routes_); }

 private:
  std::shared_ptr<Handlers> handlers_;
  std::string_view tag_;
  std::vector<Route> routes_;
};

/// What a route documents: its query, its body (with how much of one it takes), its answer.
template <class Query>
void takes_query(Route& route) {
  route.query_schema = json::schema<Query>();
}
template <class Body>
void takes_body(Route& route, BodyPolicy policy = BodyPolicy::json()) {
  route.body = policy;
  route.request_schema = json::schema<Body>();
}
template <class Answer>
void answers(Route& route, int status = 200) {
  route.response_schema = json::schema<Answer>();
  route.success_status = status;
}

}  // namespace salesflow::http
