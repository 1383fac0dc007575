#include <fmt/format.h>

#include "bench/cache_stage.hpp"
#include "bench/idle_streams.hpp"
#include "bench/proc_stat.hpp"

namespace salesflow::bench {
namespace {

constexpr int idle_streams = 10'000;

}  // namespace

void measure_streams(CacheStage& stage) {
  stage.progress.step("streams: opening them");
  const int count = stage.quick ? idle_streams / 10 : idle_streams;
  allow_open_files(count + 1'000);  // a process: this one, and the service that it starts
  const auto service = stage.start("salesflow-streams", true, stage.database);
  const double before = static_cast<double>(resident_kib(service->pid())) / 1024;
  const double mib = memory_of_idle_streams(service->port(), service->pid(), stage.key, count);
  stage.report.check(
      fmt::format("memory_at_{}_idle_streams", count), mib, "MiB", Op::at_most, 200,
      {fmt::format("{:.1f} KiB a stream", (mib - before) * 1024 / count), fmt::format("{:.1f} MiB without", before)});
}

}  // namespace salesflow::bench
