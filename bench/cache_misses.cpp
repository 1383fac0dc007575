#include <fmt/format.h>

#include <filesystem>

#include "bench/cache_stage.hpp"
#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"
#include "bench/load.hpp"
#include "bench/proc_stat.hpp"

namespace salesflow::bench {

using std::chrono::milliseconds;

/// Nothing is asked twice.
void measure_misses(CacheStage& stage) {
  stage.progress.step("misses: starting the service twice");
  const auto cached = stage.start("salesflow-misses", true, stage.database);
  const auto bare = stage.start("salesflow-bare", false, stage.database);
  const BenchUser& user = stage.users.front();
  HttpClient probe(bare->port());
  const auto bytes = static_cast<double>(ask(probe, get(user, fmt::format("{}?limit=25", list_path))).body.size());
  const auto contestant = [&](const char* name, const MeasuredServer& server) {
    const CpuAccount account{server.pid(), stage.data.pid()};
    const auto round = std::make_shared<int>(0);
    return Contestant{
        name, [&user, name, port = server.port(), account, round, bytes](milliseconds duration) {
          RequestPlan plan;
          ++*round;
          for (int i = 0; i < 10'000; ++i) {
            plan.requests.push_back({.path = fmt::format("{}?limit=25&unused={}.{}", list_path, *round, i),
                                     .headers = {bearer(user.token)},
                                     .body = {}});
            plan.weights.push_back(1);
          }
          const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/misses-{}.lua", name));
          write_text(file, plan.to_lua());
          return run_wrk(port, file, duration, bytes, account);
        }};
  };
  const std::vector<Contestant> contestants{contestant("cached", *cached), contestant("bare", *bare)};
  RoundPlan plan = stage.plan;
  plan.duration = std::min(plan.duration, milliseconds(1'500));  // 10,000 requests are not used up by then
  const auto all = run_in_turns("misses", contestants, plan, stage.progress);
  stage.report.rounds("misses", all);
  const Series &with = find_series(all, "cached"), &without = find_series(all, "bare");
  stage.report.check("cost_when_it_cannot_help", median_ratio(with, without, &Sample::per_second), "ratio",
                     Op::at_least, 0.95, {speed_cell(with), "without " + speed_cell(without)});
}

}  // namespace salesflow::bench
