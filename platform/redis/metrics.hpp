// Metrics: what operators see of a thread's client; the figures of all threads add up in the registry.
#pragma once

#include "platform/telemetry/metrics.hpp"

namespace salesflow::redis {

struct Metrics {
  explicit Metrics(telemetry::Registry& registry);

  telemetry::Counter& commands;
  telemetry::Counter& refused;      // error replies
  telemetry::Counter& unavailable;  // no connection, a full queue, or one lost with commands in flight
  telemetry::Counter& late;         // no answer within the deadline
  telemetry::Counter& too_large;
  telemetry::Counter& late_answers;  // came after their deadline and were dropped
  telemetry::Histogram& took;        // of a call, which may be many commands
  telemetry::Gauge& connections;
  telemetry::Counter& lost;
  telemetry::Counter& reconnects;
  telemetry::Counter& connect_failed;
  telemetry::Counter& moved;
  telemetry::Counter& asked;
};

}  // namespace salesflow::redis
