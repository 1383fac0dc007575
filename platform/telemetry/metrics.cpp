#include "platform/telemetry/metrics.hpp"

#include <dirent.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "platform/telemetry/families.hpp"

namespace salesflow::telemetry {

std::size_t thread_stripe() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % stripes_max;
  return mine;
}

std::uint64_t Counter::value() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& stripe : stripes_)
    sum += stripe.value.load(std::memory_order_relaxed);
  return sum;
}

void Histogram::observe_us(std::uint64_t us) noexcept {
  const auto bucket =
      static_cast<std::size_t>(std::lower_bound(bounds_us.begin(), bounds_us.end(), us) - bounds_us.begin());
  auto& stripe = stripes_[thread_stripe()];
  stripe.counts[bucket].fetch_add(1, std::memory_order_relaxed);
  stripe.sum_us.fetch_add(us, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const noexcept {
  Snapshot sum;
  for (const auto& stripe : stripes_) {
    for (std::size_t i = 0; i < sum.counts.size(); ++i) {
      const auto count = stripe.counts[i].load(std::memory_order_relaxed);
      sum.counts[i] += count;
      sum.count += count;
    }
    sum.sum_us += stripe.sum_us.load(std::memory_order_relaxed);
  }
  return sum;
}

double quantile_us(const Histogram::Snapshot& observed, double q) noexcept {
  const double wanted = q * static_cast<double>(observed.count);
  double below = 0;
  std::uint64_t lower = 0;
  for (std::size_t i = 0; i < Histogram::bounds_us.size(); ++i) {
    const auto upper = Histogram::bounds_us[i];
    const auto here = static_cast<double>(observed.counts[i]);
    if (here > 0 && below + here >= wanted)
      return static_cast<double>(lower) + static_cast<double>(upper - lower) * std::max(wanted - below, 0.0) / here;
    below += here;
    lower = upper;
  }
  return observed.count == 0 ? 0 : static_cast<double>(lower);
}

namespace {

template <class Metric>
struct Family {
  std::string help;
  std::map<Labels, std::unique_ptr<Metric>> members;
};

/// What a registry holds of families that are listed by name.
struct Families {
  mutable std::mutex mutex;
  std::map<std::string, Family<Counter>> counters;
  std::map<std::string, Family<Histogram>> histograms;
};

/// By registry: its inside is nobody else's business.
std::mutex open_mutex;
std::map<const Registry*, const Families*> open_families;

template <class Metric>
std::vector<std::pair<const Labels*, const Metric*>> list(const Registry& registry, const std::string& name,
                                                          std::map<std::string, Family<Metric>> Families::*kind) {
  const Families* families = nullptr;
  {
    const std::lock_guard lock(open_mutex);
    families = open_families.at(&registry);
  }
  const std::lock_guard lock(families->mutex);
  std::vector<std::pair<const Labels*, const Metric*>> members;
  const auto& all = families->*kind;
  if (const auto family = all.find(name); family != all.end()) {
    for (const auto& [labels, metric] : family->second.members)
      members.emplace_back(&labels, metric.get());
  }
  return members;
}

}  // namespace

class Registry::Impl : public Families {
 public:
  struct Callback {
    std::function<double()> read;
  };

  template <class Metric>
  static Metric& find(std::map<std::string, Family<Metric>>& families, const std::string& name, const std::string& help,
                      Labels labels) {
    auto& family = families[name];
    family.help = help;
    auto& member = family.members[std::move(labels)];
    if (!member)
      member = std::make_unique<Metric>();
    return *member;
  }

  std::map<std::string, Family<Gauge>> gauges;
  std::map<std::string, Family<Callback>> callbacks;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {
  const std::lock_guard lock(open_mutex);
  open_families[this] = impl_.get();
}
Registry::~Registry() {
  const std::lock_guard lock(open_mutex);
  open_families.erase(this);
}

std::vector<std::pair<const Labels*, const Counter*>> counters_of(const Registry& registry, const std::string& name) {
  return list(registry, name, &Families::counters);
}
std::vector<std::pair<const Labels*, const Histogram*>> histograms_of(const Registry& registry,
                                                                      const std::string& name) {
  return list(registry, name, &Families::histograms);
}

Counter& Registry::counter(const std::string& name, const std::string& help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  return Impl::find(impl_->counters, name, help, std::move(labels));
}
Gauge& Registry::gauge(const std::string& name, const std::string& help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  return Impl::find(impl_->gauges, name, help, std::move(labels));
}
Histogram& Registry::histogram(const std::string& name, const std::string& help, Labels labels) {
  const std::lock_guard lock(impl_->mutex);
  return Impl::find(impl_->histograms, name, help, std::move(labels));
}
void Registry::gauge_callback(const std::string& name, const std::string& help, Labels labels,
                              std::function<double()> read) {
  const std::lock_guard lock(impl_->mutex);
  Impl::find(impl_->callbacks, name, help, std::move(labels)).read = std::move(read);
}

namespace {

template <class Families, class Fill>
void append_families(std::vector<prometheus::MetricFamily>& out, const Families& families, prometheus::MetricType type,
                     Fill fill) {
  for (const auto& [name, family] : families) {
    prometheus::MetricFamily made;
    made.name = name;
    made.help = family.help;
    made.type = type;
    for (const auto& [labels, member] : family.members) {
      prometheus::ClientMetric metric;
      for (const auto& [label, value] : labels)
        metric.label.push_back({label, value});
      fill(metric, *member);
      made.metric.push_back(std::move(metric));
    }
    out.push_back(std::move(made));
  }
}

}  // namespace

std::string Registry::expose() const {
  std::vector<prometheus::MetricFamily> families;
  {
    const std::lock_guard lock(impl_->mutex);
    using prometheus::ClientMetric;
    append_families(
        families, impl_->counters, prometheus::MetricType::Counter,
        [](ClientMetric& out, const Counter& counter) { out.counter.value = static_cast<double>(counter.value()); });
    append_families(families, impl_->gauges, prometheus::MetricType::Gauge, [](ClientMetric& out, const Gauge& gauge) {
      out.gauge.value = static_cast<double>(gauge.value());
    });
    append_families(families, impl_->callbacks, prometheus::MetricType::Gauge,
                    [](ClientMetric& out, const Impl::Callback& callback) { out.gauge.value = callback.read(); });
    append_families(families, impl_->histograms, prometheus::MetricType::Histogram,
                    [](ClientMetric& out, const Histogram& histogram) {
                      const auto snapshot = histogram.snapshot();
                      std::uint64_t cumulative = 0;
                      for (std::size_t i = 0; i < Histogram::bounds_us.size(); ++i) {
                        cumulative += snapshot.counts[i];
                        ClientMetric::Bucket bucket;
                        bucket.cumulative_count = cumulative;
                        bucket.upper_bound = static_cast<double>(Histogram::bounds_us[i]) / 1e6;
                        out.histogram.bucket.push_back(bucket);
                      }
                      out.histogram.sample_count = snapshot.count;
                      out.histogram.sample_sum = static_cast<double>(snapshot.sum_us) / 1e6;
                    });
  }
  return prometheus::TextSerializer().Serialize(families);
}

void register_process_metrics(Registry& registry, const std::string& version) {
  registry.gauge("salesflow_build_info", "1, with the version as a label", {{"version", version}}).set(1);
  registry.gauge("process_start_time_seconds", "Start of the process, Unix seconds").set(::time(nullptr));
  registry.gauge_callback("process_resident_memory_bytes", "Resident memory", {}, [] {
    std::ifstream statm("/proc/self/statm");
    long pages = 0, resident = 0;
    statm >> pages >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  });
  registry.gauge_callback("process_cpu_seconds_total", "CPU time, user and system", {}, [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  });
  registry.gauge_callback("process_open_fds", "Open file descriptors", {}, [] {
    double count = -1;  // the listing's own descriptor
    if (DIR* folder = ::opendir("/proc/self/fd")) {
      while (const dirent* entry = ::readdir(folder))
        count += entry->d_name[0] != '.';
      ::closedir(folder);
    }
    return count;
  });
}

}  // namespace salesflow::telemetry
