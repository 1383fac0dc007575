// QueryMetrics: what a PostgreSQL pool tells, as metrics: latency and rows by query, pool wait, requests in flight.
#pragma once

#include <map>
#include <unordered_map>

#include "apps/salesflow/server/statement_trace.hpp"
#include "platform/postgres/observer.hpp"
#include "platform/postgres/replica_observer.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::apps {

/// One a pool and thread, over the process' registry. Cost of a query: one hash lookup by address and three additions.
class QueryMetrics final : public postgres::Observer,
                           public postgres::ReplicaObserver,
                           public postgres::StatementObserver {
 public:
  /// `literals_from`: see StatementTrace.
  QueryMetrics(telemetry::Registry& registry, std::string pool,
               std::chrono::microseconds literals_from = std::chrono::microseconds::max());

  void on_query(const Query& query, std::chrono::microseconds took, std::uint64_t rows, const Error* error) override;
  void on_pool_wait(std::chrono::microseconds waited) override { pool_wait_.observe(waited); }
  void on_in_flight(int delta) override { in_flight_.add(delta); }
  void on_connected() override { connections_.add(1); }
  void on_connection_lost() override {
    connections_.add(-1);
    lost_.add();
  }
  void on_connect_failed() override { failed_.add(); }
  void on_replica_read(std::string_view target) override;
  void on_sent_on(std::string_view reason) override;
  void on_replica_lag(std::string_view replica, std::chrono::microseconds lag) override;
  void on_statements(const RequestContext& request, const postgres::StatementReport& report) override {
    trace_.note(request, report);
  }
  /// As StatementTrace::take.
  std::vector<ops::SlowQuery> take_slow(const RequestContext& request, SteadyTime since,
                                        StatementTrace::Slowest& slowest) {
    return trace_.take(request, since, slowest);
  }

 private:
  struct PerQuery {
    telemetry::Histogram* took;
    telemetry::Counter* rows;
  };

  telemetry::Registry& registry_;
  std::string pool_;
  StatementTrace trace_;
  telemetry::Histogram& pool_wait_;
  telemetry::Gauge& in_flight_;
  telemetry::Gauge& connections_;
  telemetry::Counter& lost_;
  telemetry::Counter& failed_;
  std::unordered_map<const Query*, PerQuery> queries_;
  std::map<std::string, telemetry::Counter*, std::less<>> replica_reads_, sent_on_;
  std::map<std::string, telemetry::Gauge*, std::less<>> lags_;
};

}  // namespace salesflow::apps
