#include <fmt/format.h>

#include "bench/cache_stage.hpp"
#include "bench/http_contestants.hpp"

namespace salesflow::bench {

void measure_writes(CacheStage& stage) {
  stage.progress.step("writes: copying the data and starting the service twice");
  stage.data.copy(stage.database, cache_copy_name);
  {
    const auto cached = stage.start("salesflow-cached-writes", true, cache_copy_name);
    const auto bare = stage.start("salesflow-bare-writes", false, cache_copy_name);
    const auto pace = std::make_shared<double>(400);
    const HttpMix mix{"cache-writes", {create_event(stage.users.front())}, {1}};
    const std::vector<Contestant> contestants{at_pace("cached", mix, *cached, pace, 200),
                                              at_pace("bare", mix, *bare, pace, 200)};
    const auto all = run_in_turns("writes", contestants, stage.plan, stage.progress);
    stage.report.rounds("writes", all);
    std::vector<double> overheads;
    const Series &with = find_series(all, "cached"), &without = find_series(all, "bare");
    for (std::size_t i = 0; i < with.samples.size(); ++i)
      overheads.push_back((with.samples[i].latency_p50_ms - without.samples[i].latency_p50_ms) * 1'000);
    stage.report.check("write_overhead_p50", median(overheads), "us", Op::at_most, 50,
                       {fmt::format("p50 {:.3f} ms", median_of(with, &Sample::latency_p50_ms)),
                        fmt::format("without {:.3f} ms", median_of(without, &Sample::latency_p50_ms))});
  }
  stage.data.drop(cache_copy_name);
}

}  // namespace salesflow::bench
