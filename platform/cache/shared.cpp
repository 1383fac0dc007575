#include "platform/cache/shared.hpp"

#include <algorithm>
#include <mutex>
#include <random>

#include "platform/core/log.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t tries_known = 64;   // before it is judged
constexpr std::uint32_t tries_full = 512;   // then both figures are halved
constexpr std::uint32_t hits_wanted = 20;   // one in so many tries
constexpr std::uint32_t tried_anyway = 32;  // one in so many questions

}  // namespace

Settings Settings::read(ConfigReader& config) {
  Settings s;
  s.is_on = config.flag("ENABLE_CACHE", s.is_on,
                        "Keep answers and use them again; switched while running by salesflow cache.");
  s.is_required = config.flag("CACHE_REQUIRED", s.is_required, "Do not start when REDIS_URL does not answer.");
  s.prefix =
      config.text("SALESFLOW_CACHE_PREFIX", s.prefix, "In front of all keys, for installations that share a Redis.");
  s.memory_bytes_max = static_cast<std::size_t>(
      config.integer("SALESFLOW_CACHE_MEMORY_BYTES_MAX", static_cast<std::int64_t>(s.memory_bytes_max), 1 << 20,
                     std::int64_t{1} << 40, "What this process keeps of answers."));
  s.entry_bytes_max = static_cast<std::size_t>(config.integer("SALESFLOW_CACHE_ENTRY_BYTES_MAX",
                                                              static_cast<std::int64_t>(s.entry_bytes_max), 1 << 10,
                                                              4 << 20, "A larger body is served and not kept."));
  s.patience = config.duration("SALESFLOW_CACHE_PATIENCE", s.patience, 1ms, 10'000ms,
                               "How long Redis may take; then PostgreSQL answers.");
  s.proof_every = static_cast<int>(config.integer("SALESFLOW_CACHE_PROOF_EVERY", s.proof_every, 0, 1'000'000'000,
                                                  "One in so many hits is compared with a fresh answer; 0: none."));
  s.policies = read_policies(config);
  return s;
}

std::string_view to_string(Outcome outcome) noexcept {
  static constexpr std::array<std::string_view, outcome_count> names{"hit", "stale", "joined", "miss", "bypass"};
  return names[static_cast<std::size_t>(outcome)];
}

Metrics::Metrics(telemetry::Registry& registry, std::span<const Policy> all)
    : bumps(registry.counter("salesflow_cache_bumps_total", "Tags that writes have changed")),
      bumps_failed(registry.counter("salesflow_cache_bumps_failed_total",
                                    "Tags that Redis did not take in time; the relay repeats them")),
      foreign_values(registry.counter("salesflow_cache_foreign_values_total",
                                      "Values in Redis that are no entries of this version")),
      stamps_ignored(
          registry.counter("salesflow_cache_stamps_ignored_total", "Stamps of another database or of the future")),
      proofs_done(registry.counter("salesflow_cache_proofs_total", "Hits that were compared with a fresh answer")),
      proofs_wrong(registry.counter("salesflow_cache_proofs_wrong_total", "Hits that were wrong")),
      age_max_ms(registry.gauge("salesflow_cache_age_max_milliseconds", "The oldest answer that was used again")),
      is_on(registry.gauge("salesflow_cache_on", "1 while answers are kept")),
      hears(
          registry.gauge("salesflow_cache_channel_connected", "1 while this process hears of changes through Redis")) {
  for (const Policy& policy : all) {
    PolicyMetrics& own = policies.emplace_back();
    const std::string name(policy.name);
    for (std::size_t i = 0; i < outcome_count; ++i)
      own.asked[i] =
          &registry.counter("salesflow_cache_requests_total", "Questions by what became of them",
                            {{"policy", name}, {"outcome", std::string(to_string(static_cast<Outcome>(i)))}});
    own.stored = &registry.counter("salesflow_cache_stored_total", "Answers that were kept", {{"policy", name}});
    own.too_large =
        &registry.counter("salesflow_cache_too_large_total", "Answers too large to keep", {{"policy", name}});
    own.invalidated = &registry.counter("salesflow_cache_invalidated_total", "Kept answers that a write had ended",
                                        {{"policy", name}});
    own.expired =
        &registry.counter("salesflow_cache_expired_total", "Kept answers whose time had come", {{"policy", name}});
    own.made =
        &registry.histogram("salesflow_cache_make_seconds", "How long an answer took to make", {{"policy", name}});
  }
}

Shared::Shared(Settings wanted, telemetry::Registry& registry)
    : settings(std::move(wanted)),
      metrics(registry, settings.policies),
      memory(settings.memory_bytes_max),
      is_on_(settings.is_on) {
  metrics.is_on.set(settings.is_on ? 1 : 0);
  registry.gauge_callback("salesflow_cache_memory_bytes", "Bytes of answers in this process", {},
                          [this] { return static_cast<double>(memory.size().bytes); });
  registry.gauge_callback("salesflow_cache_memory_entries", "Answers in this process", {},
                          [this] { return static_cast<double>(memory.size().entries); });
}

const Policy* Shared::find_policy(std::string_view name) const {
  const auto found = std::find_if(settings.policies.begin(), settings.policies.end(),
                                  [&](const Policy& policy) { return policy.name == name; });
  return found == settings.policies.end() || found->ttl <= 0ms ? nullptr : &*found;
}

PolicyMetrics& Shared::metrics_of(const Policy& policy) {
  return metrics.policies[static_cast<std::size_t>(&policy - settings.policies.data())];
}

void Shared::switch_on(bool on) {
  if (is_on_.exchange(on) == on)
    return;
  metrics.is_on.set(on ? 1 : 0);
  memory.clear();
  log::info("cache_switched", {{"on", on}});
}

void Shared::on_channel(bool is_heard) {
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  hears_.store(is_heard, std::memory_order_release);
  metrics.hears.set(is_heard ? 1 : 0);
}

Plan Shared::plan(std::string_view name) const {
  const std::shared_lock lock(plans_mutex_);
  const auto found = plans_.find(name);
  return found == plans_.end() ? nullptr : found->second;
}

void Shared::learn(std::string_view name, const std::vector<Place>& places) {
  const std::unique_lock lock(plans_mutex_);
  Plan& plan = plans_[name];
  auto grown = plan ? std::make_shared<std::vector<Place>>(*plan) : std::make_shared<std::vector<Place>>();
  for (const Place& place : places) {
    if (std::find(grown->begin(), grown->end(), place) == grown->end())
      grown->push_back(place);
  }
  plan = std::move(grown);
}

std::chrono::microseconds Shared::cost(std::string_view name) const {
  const auto& place = costs_[std::hash<std::string_view>{}(name) % costs_.size()];
  return std::chrono::microseconds(place.load(std::memory_order_relaxed));
}

void Shared::note_cost(std::string_view name, std::chrono::microseconds took) {
  auto& place = costs_[std::hash<std::string_view>{}(name) % costs_.size()];
  const std::int64_t known = place.load(std::memory_order_relaxed);
  place.store(known == 0 ? took.count() : (known * 3 + took.count()) / 4, std::memory_order_relaxed);
}

Effort Shared::effort(std::uint64_t place) const {
  const std::uint32_t figures = tries_[place % tries_.size()].load(std::memory_order_relaxed);
  const std::uint32_t tries = figures >> 16, hits = figures & 0xFFFF;
  if (tries < tries_known || hits * hits_wanted >= tries)
    return Effort::full;
  thread_local std::uint32_t turn = 0;
  return ++turn % tried_anyway == 0 ? Effort::probe : Effort::none;
}

/// Threads may lose each other's counts; it is a rule of thumb.
void Shared::note_try(std::uint64_t place, bool hit) {
  auto& slot = tries_[place % tries_.size()];
  const std::uint32_t figures = slot.load(std::memory_order_relaxed);
  std::uint32_t tries = (figures >> 16) + 1, hits = (figures & 0xFFFF) + (hit ? 1 : 0);
  if (tries >= tries_full) {
    tries /= 2;
    hits /= 2;
  }
  slot.store(tries << 16 | hits, std::memory_order_relaxed);
}

void Shared::note_forged(std::uint64_t xid) {
  Forged& place = forged_[xid % forged_.size()];
  place.xid.store(xid, std::memory_order_relaxed);
  place.until.store((std::chrono::steady_clock::now() + 30s).time_since_epoch().count(), std::memory_order_relaxed);
}

bool Shared::is_forged(std::uint64_t xid) const {
  const Forged& place = forged_[xid % forged_.size()];
  return place.xid.load(std::memory_order_relaxed) == xid &&
         std::chrono::steady_clock::now().time_since_epoch().count() < place.until.load(std::memory_order_relaxed);
}

void Shared::note_age(std::chrono::milliseconds age) {
  std::int64_t known = age_max_.load(std::memory_order_relaxed);
  while (age.count() > known) {
    if (age_max_.compare_exchange_weak(known, age.count(), std::memory_order_relaxed)) {
      metrics.age_max_ms.set(age.count());
      return;
    }
  }
}

}  // namespace salesflow::cache
