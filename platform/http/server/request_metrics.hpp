// Metrics of requests: counts by route and status, latency by route, requests and connections at this moment.
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "platform/http/server/router.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::http {

/// One a thread, over the process' registry. Cost of an answer: a few relaxed atomic additions.
class RequestMetrics {
 public:
  static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

  RequestMetrics(telemetry::Registry& registry, const Router& router);

  void on_start() { in_flight_.add(1); }
  /// `route_index` as in Router::routes(), or no_route.
  void on_answer(std::size_t route_index, int status, std::chrono::microseconds took);
  void on_connection(int delta) { connections_.add(delta); }
  /// Bytes of an answer that its client has not read.
  void on_unread(std::int64_t delta) { unread_.add(delta); }
  void on_reader_cut() { readers_cut_.add(); }

 private:
  struct PerRoute {
    std::string label;
    telemetry::Histogram* latency;
    std::vector<std::pair<int, telemetry::Counter*>> by_status;
  };
  telemetry::Counter& counter(PerRoute& route, int status);

  telemetry::Registry& registry_;
  telemetry::Gauge& in_flight_;
  telemetry::Gauge& connections_;
  telemetry::Gauge& unread_;
  telemetry::Counter& readers_cut_;
  std::vector<PerRoute> routes_;  // the last one: none matched
};

}  // namespace salesflow::http
