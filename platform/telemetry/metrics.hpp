// Metrics: counters, gauges and histograms that cost a few nanoseconds and take no lock; prometheus-cpp writes them out
// when /metrics is asked.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow::telemetry {

/// How many stripes a metric has: worker threads write their own, so that cache lines are not shared.
inline constexpr std::size_t stripes_max = 8;

/// Gives the calling thread its stripe (by order of first use). Cost: one thread-local read.
std::size_t thread_stripe() noexcept;

/// Only goes up. Thread-safe.
class Counter {
 public:
  void add(std::uint64_t count = 1) noexcept {
    stripes_[thread_stripe()].value.fetch_add(count, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept;

 private:
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<Stripe, stripes_max> stripes_;
};

/// Goes up and down. Thread-safe.
class Gauge {
 public:
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t delta) noexcept { value_.fetch_add(delta, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Latencies in microseconds in powers-of-two-and-a-half buckets from 50 µs to 10 s. Thread-safe.
class Histogram {
 public:
  static constexpr std::array<std::uint64_t, 17> bounds_us{50,      100,       250,       500,       1'000,     2'500,
                                                           5'000,   10'000,    25'000,    50'000,    100'000,   250'000,
                                                           500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
  void observe_us(std::uint64_t us) noexcept;
  void observe(std::chrono::microseconds took) noexcept {
    observe_us(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  }

  struct Snapshot {
    std::array<std::uint64_t, bounds_us.size() + 1> counts{};  // the last: above all bounds
    std::uint64_t sum_us = 0, count = 0;
  };
  Snapshot snapshot() const noexcept;

 private:
  struct alignas(64) Stripe {
    std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> counts{};
    std::atomic<std::uint64_t> sum_us{0};
  };
  std::array<Stripe, stripes_max> stripes_;
};

/// Label names and values, e.g. {{"route", "list_events"}, {"status", "200"}}.
using Labels = std::map<std::string, std::string>;

/// All metrics of the process. Looking one up takes a lock: do it once and keep the reference, which stays valid as
/// long as the registry. The same name and labels give the same object. Thread-safe.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter& counter(const std::string& name, const std::string& help, Labels labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, Labels labels = {});
  /// `name` should end in _seconds: exposed in seconds, kept in microseconds.
  Histogram& histogram(const std::string& name, const std::string& help, Labels labels = {});
  /// A value read at scrape time.
  void gauge_callback(const std::string& name, const std::string& help, Labels labels, std::function<double()> read);

  /// The Prometheus text exposition (version 0.0.4).
  std::string expose() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Resident memory, CPU seconds, open files and start time of this process under their usual names.
void register_process_metrics(Registry& registry, const std::string& version);

}  // namespace salesflow::telemetry
