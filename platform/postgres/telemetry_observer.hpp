// TelemetryObserver: what a pool does, as metrics.
#pragma once

#include <unordered_map>

#include "platform/postgres/observer.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::postgres {

/// One a thread (its look-up of handles takes no lock); all of them feed the same metrics of the registry, which must
/// outlive it. Metrics: salesflow_db_query_seconds, _rows_total and _errors_total by query,
/// salesflow_db_pool_wait_seconds, salesflow_db_connections, salesflow_db_connects_total by outcome (opened, lost,
/// failed).
class TelemetryObserver final : public Observer {
 public:
  explicit TelemetryObserver(telemetry::Registry& registry);

  void on_query(const Query& query, std::chrono::microseconds took, std::uint64_t rows, const Error* error) override;
  void on_pool_wait(std::chrono::microseconds waited) override;
  void on_in_flight(int delta) override;
  void on_connected() override;
  void on_connection_lost() override;
  void on_connect_failed() override;

 private:
  struct Handles {
    telemetry::Histogram* latency;
    telemetry::Counter* rows;
  };
  Handles& handles_of(const Query& query);

  telemetry::Registry& registry_;
  std::unordered_map<const Query*, Handles> handles_;
  telemetry::Histogram& pool_wait_;
  telemetry::Gauge& in_flight_;
  telemetry::Gauge& connections_;
  telemetry::Counter &opened_, &lost_, &failed_;
};

}  // namespace salesflow::postgres
