// ReplicaObserver: what operators want to see of replicas.
#pragma once

#include <chrono>
#include <string_view>

namespace salesflow::postgres {

/// An Observer that is one of these, too, is told; on the pool's thread.
class ReplicaObserver {
 public:
  virtual ~ReplicaObserver() = default;
  /// A read that a replica might have answered went there ("host:port") or to the "primary".
  virtual void on_replica_read(std::string_view /*target*/) {}
  /// Why it went to the primary.
  virtual void on_sent_on(std::string_view /*reason*/) {}
  /// A few times a second; microseconds::max(): not known.
  virtual void on_replica_lag(std::string_view /*replica*/, std::chrono::microseconds) {}
};

}  // namespace salesflow::postgres
