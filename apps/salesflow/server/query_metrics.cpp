#include "apps/salesflow/server/query_metrics.hpp"

namespace salesflow::apps {

QueryMetrics::QueryMetrics(telemetry::Registry& registry, std::string pool, std::chrono::microseconds literals_from)
    : registry_(registry),
      pool_(std::move(pool)),
      trace_(literals_from),
      pool_wait_(registry.histogram("salesflow_pool_wait_seconds",
                                    "Time that requests waited for a place on a connection", {{"pool", pool_}})),
      in_flight_(
          registry.gauge("salesflow_pool_in_flight", "Requests on connections at this moment", {{"pool", pool_}})),
      connections_(registry.gauge("salesflow_pool_connections", "Open connections", {{"pool", pool_}})),
      lost_(registry.counter("salesflow_pool_connections_lost_total", "Connections that broke or were closed",
                             {{"pool", pool_}})),
      failed_(registry.counter("salesflow_pool_connect_failed_total", "Attempts to connect that failed",
                               {{"pool", pool_}})) {}

void QueryMetrics::on_query(const Query& query, std::chrono::microseconds took, std::uint64_t rows,
                            const Error* error) {
  auto found = queries_.find(&query);
  if (found == queries_.end()) {
    const std::string name(query.name);
    found =
        queries_
            .emplace(&query, PerQuery{&registry_.histogram("salesflow_query_seconds",
                                                           "Time from send to the end of the Sync", {{"query", name}}),
                                      &registry_.counter("salesflow_query_rows_total", "Rows read or changed",
                                                         {{"query", name}})})
            .first;
  }
  found->second.took->observe(took);
  found->second.rows->add(rows);
  // Errors are rare: the lookup's lock does not matter.
  if (error)
    registry_
        .counter("salesflow_query_errors_total", "Failed queries",
                 {{"query", std::string(query.name)}, {"code", std::string(to_string(error->code))}})
        .add();
}

void QueryMetrics::on_replica_read(std::string_view target) {
  auto found = replica_reads_.find(target);
  if (found == replica_reads_.end()) {
    const std::string name(target);
    telemetry::Counter& counter = registry_.counter(
        "salesflow_replica_reads_total", "Reads that a replica may answer, by who answered: primary or a replica",
        {{"pool", pool_}, {"target", name}});
    found = replica_reads_.emplace(name, &counter).first;
  }
  found->second->add();
}

void QueryMetrics::on_sent_on(std::string_view reason) {
  auto found = sent_on_.find(reason);
  if (found == sent_on_.end()) {
    const std::string name(reason);
    telemetry::Counter& counter = registry_.counter("salesflow_replica_sent_on_total",
                                                    "Reads that a replica may answer and the primary had to, by reason",
                                                    {{"pool", pool_}, {"reason", name}});
    found = sent_on_.emplace(name, &counter).first;
  }
  found->second->add();
}

void QueryMetrics::on_replica_lag(std::string_view replica, std::chrono::microseconds lag) {
  auto found = lags_.find(replica);
  if (found == lags_.end()) {
    const std::string name(replica);
    telemetry::Gauge& gauge =
        registry_.gauge("salesflow_replica_lag_milliseconds", "How far a replica is behind the primary; -1: not known",
                        {{"pool", pool_}, {"replica", name}});
    found = lags_.emplace(name, &gauge).first;
  }
  found->second->set(lag == std::chrono::microseconds::max() ? -1 : lag.count() / 1000);
}

}  // namespace salesflow::apps
