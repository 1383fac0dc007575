// Shared: what all threads of a process share of the cache.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/cache/flights.hpp"
#include "platform/cache/local_tokens.hpp"
#include "platform/cache/memory.hpp"
#include "platform/cache/policy.hpp"
#include "platform/telemetry/metrics.hpp"

namespace salesflow::cache {

struct Settings {
  bool is_on = true;
  bool is_required = false;  // the start fails without Redis
  std::string prefix = "sf";
  std::size_t memory_bytes_max = 64 << 20;
  std::size_t entry_bytes_max = 1 << 20;   // of a body; larger ones are served and not kept
  std::chrono::milliseconds patience{20};  // with Redis; then PostgreSQL answers
  int proof_every = 1000;                  // hits; 0: none is proven
  std::vector<Policy> policies;

  /// ENABLE_CACHE and SALESFLOW_CACHE_…; complaints go to the reader.
  static Settings read(ConfigReader& config);
};

enum class Outcome : std::uint8_t { hit, stale, joined, miss, bypass };
inline constexpr std::size_t outcome_count = 5;
std::string_view to_string(Outcome outcome) noexcept;

/// Of all answers of one name, before it is known who asks.
using Plan = std::shared_ptr<const std::vector<Place>>;

struct PolicyMetrics {
  std::array<telemetry::Counter*, outcome_count> asked{};
  telemetry::Counter *stored = nullptr, *too_large = nullptr, *invalidated = nullptr, *expired = nullptr;
  telemetry::Histogram* made = nullptr;  // how long it took
};

struct Metrics {
  Metrics(telemetry::Registry& registry, std::span<const Policy> policies);
  std::deque<PolicyMetrics> policies;
  telemetry::Counter &bumps, &bumps_failed, &foreign_values, &stamps_ignored, &proofs_done, &proofs_wrong;
  telemetry::Gauge &age_max_ms, &is_on, &hears;
};

/// probe: what is made is kept in memory alone, as it is.
enum class Effort { none, probe, full };

/// Thread-safe. Lives longer than the threads' caches.
class Shared {
 public:
  Shared(Settings settings, telemetry::Registry& registry);

  const Settings settings;
  const std::uint64_t node_id = Token::make(0).random;  // in what this process publishes
  Metrics metrics;
  Memory memory;
  LocalTokens tokens;
  Flights flights;

  /// Null when there is no such policy, or it is off.
  const Policy* find_policy(std::string_view name) const;
  PolicyMetrics& metrics_of(const Policy& policy);

  bool is_on() const { return is_on_.load(std::memory_order_relaxed); }
  void switch_on(bool on);
  /// How many of operators' flushes this process has followed.
  std::int64_t flushes_followed() const { return flushes_.load(std::memory_order_relaxed); }
  void note_flushes(std::int64_t count) { flushes_.store(count, std::memory_order_relaxed); }

  /// Changes whenever what was told may have been missed: bounded answers of before are then asked for.
  std::uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  bool hears() const { return hears_.load(std::memory_order_acquire); }
  void on_channel(bool is_heard);

  /// What answers of this name were made of so far; null before the first. What is learned only grows.
  Plan plan(std::string_view name) const;
  void learn(std::string_view name, const std::vector<Place>& places);

  /// How long answers of this name have taken to make of late; names share places by their hash.
  std::chrono::microseconds cost(std::string_view name) const;
  void note_cost(std::string_view name, std::chrono::microseconds took);

  /// Where hardly anything hits, most questions do without the cache, and the others only find out whether that has
  /// changed. `place`: a hash of who asks for what.
  Effort effort(std::uint64_t place) const;
  void note_try(std::uint64_t place, bool hit);

  /// Stamps of the far future, which somebody made up: so that they cannot switch the cache off. For 30 s.
  void note_forged(std::uint64_t xid);
  bool is_forged(std::uint64_t xid) const;

  void note_age(std::chrono::milliseconds age);

 private:
  std::atomic<bool> is_on_;
  std::atomic<std::int64_t> flushes_{0};
  std::atomic<bool> hears_{false};
  std::atomic<std::uint64_t> epoch_{1};
  mutable std::shared_mutex plans_mutex_;
  std::unordered_map<std::string_view, Plan> plans_;
  std::array<std::atomic<std::int64_t>, 256> costs_{};    // microseconds
  std::array<std::atomic<std::uint32_t>, 4096> tries_{};  // tries and hits, 16 bits each
  struct Forged {
    std::atomic<std::uint64_t> xid{0};
    std::atomic<SteadyTime::rep> until{0};
  };
  std::array<Forged, 256> forged_{};
  std::atomic<std::int64_t> age_max_{0};
};

}  // namespace salesflow::cache
