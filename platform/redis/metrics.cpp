#include "platform/redis/metrics.hpp"

namespace salesflow::redis {
namespace {

telemetry::Counter& errors(telemetry::Registry& registry, const char* kind) {
  return registry.counter("salesflow_redis_errors_total", "Commands without the answer they wanted", {{"kind", kind}});
}

telemetry::Counter& redirections(telemetry::Registry& registry, const char* kind) {
  return registry.counter("salesflow_redis_redirections_total", "Commands that a cluster sent to another node",
                          {{"kind", kind}});
}

}  // namespace

Metrics::Metrics(telemetry::Registry& registry)
    : commands(registry.counter("salesflow_redis_commands_total", "Commands asked for")),
      refused(errors(registry, "refused")),
      unavailable(errors(registry, "unavailable")),
      late(errors(registry, "late")),
      too_large(errors(registry, "too_large")),
      late_answers(registry.counter("salesflow_redis_late_answers_total", "Answers that came after their deadline")),
      took(registry.histogram("salesflow_redis_call_seconds", "Time of a call, which may be many commands")),
      connections(registry.gauge("salesflow_redis_connections", "Open connections")),
      lost(registry.counter("salesflow_redis_connections_lost_total", "Connections that broke")),
      reconnects(registry.counter("salesflow_redis_reconnects_total", "Connections opened again after a loss")),
      connect_failed(registry.counter("salesflow_redis_connect_failed_total", "Attempts to connect that failed")),
      moved(redirections(registry, "moved")),
      asked(redirections(registry, "ask")) {}

}  // namespace salesflow::redis
