#include "platform/http/server/request_metrics.hpp"

namespace salesflow::http {

RequestMetrics::RequestMetrics(telemetry::Registry& registry, const Router& router)
    : registry_(registry),
      in_flight_(registry.gauge("salesflow_http_in_flight", "Requests being answered")),
      connections_(registry.gauge("salesflow_http_connections", "Open connections")),
      unread_(registry.gauge("salesflow_http_unread_bytes", "Bytes of answers that their clients have not read yet")),
      readers_cut_(registry.counter("salesflow_http_readers_cut_total",
                                    "Connections ended because their clients did not read")) {
  const auto add = [&](std::string label) {
    auto& latency = registry_.histogram("salesflow_http_request_duration_seconds",
                                        "From the end of a request's header to its answer", {{"route", label}});
    routes_.push_back({std::move(label), &latency, {}});
  };
  for (const auto& route : router.routes())
    add(std::string(route->operation));
  add("none");
}

telemetry::Counter& RequestMetrics::counter(PerRoute& route, int status) {
  for (const auto& [known, counter] : route.by_status) {
    if (known == status)
      return *counter;
  }
  auto& made = registry_.counter("salesflow_http_requests_total", "Answers by route and status",
                                 {{"route", route.label}, {"status", std::to_string(status)}});
  route.by_status.emplace_back(status, &made);
  return made;
}

void RequestMetrics::on_answer(std::size_t route_index, int status, std::chrono::microseconds took) {
  PerRoute& route = route_index < routes_.size() - 1 ? routes_[route_index] : routes_.back();
  counter(route, status).add();
  route.latency->observe(took);
  in_flight_.add(-1);
}

}  // namespace salesflow::http
