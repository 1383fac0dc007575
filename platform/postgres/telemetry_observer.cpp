#include "platform/postgres/telemetry_observer.hpp"

namespace salesflow::postgres {
namespace {

constexpr const char* connects_name = "salesflow_db_connects_total";
constexpr const char* connects_help = "Connections to PostgreSQL, by what became of them.";

}  // namespace

TelemetryObserver::TelemetryObserver(telemetry::Registry& registry)
    : registry_(registry),
      pool_wait_(
          registry.histogram("salesflow_db_pool_wait_seconds", "Waiting of requests for a place in a pipeline.")),
      in_flight_(registry.gauge("salesflow_db_in_flight", "Requests waiting for PostgreSQL or for a connection.")),
      connections_(registry.gauge("salesflow_db_connections", "Open pipelined connections.")),
      opened_(registry.counter(connects_name, connects_help, {{"outcome", "opened"}})),
      lost_(registry.counter(connects_name, connects_help, {{"outcome", "lost"}})),
      failed_(registry.counter(connects_name, connects_help, {{"outcome", "failed"}})) {}

TelemetryObserver::Handles& TelemetryObserver::handles_of(const Query& query) {
  const auto found = handles_.find(&query);
  if (found != handles_.end())
    return found->second;
  // Variants of one statement share its name.
  const telemetry::Labels labels{{"query", std::string(query.name)}};
  const Handles handles{
      &registry_.histogram("salesflow_db_query_seconds", "Latency of statements, as the request waits.", labels),
      &registry_.counter("salesflow_db_query_rows_total", "Rows of statements.", labels)};
  return handles_.emplace(&query, handles).first->second;
}

void TelemetryObserver::on_query(const Query& query, std::chrono::microseconds took, std::uint64_t rows,
                                 const Error* error) {
  const Handles& handles = handles_of(query);
  handles.latency->observe(took);
  if (rows > 0)
    handles.rows->add(rows);
  if (!error)
    return;
  registry_
      .counter("salesflow_db_query_errors_total", "Statements that failed, by what the caller was told.",
               {{"query", std::string(query.name)}, {"code", std::string(to_string(error->code))}})
      .add();
}

void TelemetryObserver::on_pool_wait(std::chrono::microseconds waited) {
  pool_wait_.observe(waited);
}
void TelemetryObserver::on_in_flight(int delta) {
  in_flight_.add(delta);
}
void TelemetryObserver::on_connected() {
  opened_.add();
  connections_.add(1);
}
void TelemetryObserver::on_connection_lost() {
  lost_.add();
  connections_.add(-1);
}
void TelemetryObserver::on_connect_failed() {
  failed_.add();
}

}  // namespace salesflow::postgres
