#include "bench/registry.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/analytics.hpp"
#include "bench/cache.hpp"
#include "bench/events.hpp"
#include "bench/import.hpp"
#include "bench/inserts.hpp"
#include "bench/kpi.hpp"
#include "bench/machine.hpp"
#include "bench/migrate.hpp"
#include "bench/report.hpp"
#include "bench/screens.hpp"
#include "bench/soak_events.hpp"
#include "bench/soak_rollup.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

struct Bench {
  const char* name;
  const char* sentence;
  std::vector<std::string> parts;
  std::function<void(const BenchOptions&, Report&)> run;
  std::function<void(const std::string& json_file)> write_pages = nullptr;
};

struct Soak {
  const char* name;
  const char* sentence;
  std::function<bool(const SoakOptions&)> run;
};

const std::vector<Bench>& benches() {
  static const std::vector<Bench> all{
      {"events", "message events: list, create, buffers, plain answers, idle memory, start", events_parts(),
       bench_events},
      {"analytics", "dashboards, templates, badges, hot leads, whole screens, and what they cost writers",
       analytics_parts(), bench_analytics},
      {"cache", "kept answers: hits, misses, what writes pay, a mixed workload", cache_parts(), bench_cache},
      {"kpi", "the strategy's targets: before it, with it, SalesFlow and the limits, on the same rows", kpi_parts(),
       bench_kpi, write_kpi_pages},
      {"import", "1 M leads from CSV: time, memory, kills", import_parts(), bench_import},
      {"inserts", "what indexes and triggers cost a writer of message events", inserts_parts(), bench_inserts},
      {"screens", "every hot screen: latency at half of its peak, rate against pgbench, scoring", screens_parts(),
       bench_screens},
      {"migrate", "migrations and partitioning while readers and writers run", migrate_parts(), bench_migrate}};
  return all;
}

const std::vector<Soak>& soaks() {
  static const std::vector<Soak> all{
      {"events", "mixed load while PostgreSQL is restarted; counts lost and doubled writes", soak_events},
      {"rollup", "live figures against recounts in their snapshot, beside writers, folders, dumps and a kill",
       soak_rollup}};
  return all;
}

template <class Named>
const Named& find_named(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  if (found == all.end()) {
    throw std::invalid_argument("there is no \"" + name + "\"\n" + describe_benches());
  }
  return *found;
}

bool run_one(const Bench& bench, const BenchOptions& options) {
  for (const std::string& part : options.only) {
    if (std::find(bench.parts.begin(), bench.parts.end(), part) == bench.parts.end()) {
      throw std::invalid_argument(fmt::format("{} has no part \"{}\"\n{}", bench.name, part, describe_benches()));
    }
  }
  const auto environment = describe_environment();
  Report report(bench.name);
  bench.run(options, report);
  fmt::print("{}{}\n", report.table(), summarize(environment));
  const std::string file = fmt::format("build/bench/{}.json", bench.name);
  write_text(file, boost::json::serialize(report.json(environment)) + "\n");
  if (bench.write_pages)
    bench.write_pages(file);
  fmt::print("{}; {}\n", report.passed() ? "all targets met" : "A TARGET WAS MISSED", file);
  std::fflush(stdout);
  return report.passed();
}

}  // namespace

bool run_bench(const std::string& name, const BenchOptions& options) {
  if (name != "all") {
    return run_one(find_named(benches(), name), options);
  }
  bool passed = true;
  for (const Bench& bench : benches()) {
    passed = run_one(bench, options) && passed;
  }
  return passed;
}

bool run_soak(const std::string& name, const SoakOptions& options) {
  return find_named(soaks(), name).run(options);
}

std::string describe_benches() {
  std::string text = "script/bench NAME:\n";
  for (const Bench& bench : benches()) {
    text += fmt::format("  {:10} {}\n  {:10} --only {}\n", bench.name, bench.sentence, "", fmt::join(bench.parts, ","));
  }
  text += "  all        all of them\nscript/soak NAME:\n";
  for (const Soak& soak : soaks()) {
    text += fmt::format("  {:10} {}\n", soak.name, soak.sentence);
  }
  return text + "  switchover whole switch-overs on found databases while the old service goes on\n";
}

}  // namespace salesflow::bench
