// Observer: what operators want to see of a pool, told as it happens.
#pragma once

#include <chrono>
#include <cstdint>

#include "platform/core/error.hpp"
#include "platform/core/query.hpp"

namespace salesflow::postgres {

/// Told about what operators want to see; all calls come on the pool's thread. Implemented over platform/telemetry.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_query(const Query&, std::chrono::microseconds /*took*/, std::uint64_t /*rows*/,
                        const Error* /*none: fine*/) {}
  virtual void on_pool_wait(std::chrono::microseconds) {}
  virtual void on_in_flight(int /*delta*/) {}
  virtual void on_connected() {}
  virtual void on_connection_lost() {}
  virtual void on_connect_failed() {}
};

}  // namespace salesflow::postgres
