// Load at a fixed pace, whatever the answers take: what is late counts from when it should have begun, so that a stall
// shows in every request that it held up.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace salesflow::bench {

/// Latencies of one stretch of time.
struct PaceSummary {
  std::uint64_t requests = 0, failed = 0;
  double p50_ms = 0, p95_ms = 0, p99_ms = 0, longest_ms = 0;
};

/// Runs clients in threads of their own until stop() or its end.
class PacedLoad {
 public:
  using Clock = std::chrono::steady_clock;
  /// Does one request; "" when it went well, else what went wrong. Called from one thread only.
  using Action = std::function<std::string()>;

  ~PacedLoad() { stop(); }
  /// Starts a client with that many requests a second, evenly spaced and out of step with the clients before it.
  void start(double per_second, Action action);
  /// Ends all clients; what runs is waited for.
  void stop() { clients_.clear(); }

  /// Of all requests that should have begun in [from, to).
  PaceSummary summarize(Clock::time_point from, Clock::time_point to) const;
  /// The first ten failures in words.
  std::vector<std::string> describe_failures() const;

 private:
  struct Entry {
    Clock::time_point due;
    double ms;
    bool failed;
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::vector<std::string> failures_;
  std::vector<std::jthread> clients_;
};

}  // namespace salesflow::bench
