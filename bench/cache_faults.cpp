#include <fmt/format.h>

#include <stdexcept>
#include <stop_token>
#include <thread>

#include "bench/cache_stage.hpp"
#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"

namespace salesflow::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr double asked_a_second = 300;
constexpr milliseconds slow_by = 500ms;
constexpr auto patience = 20s;

/// Stands still for `slow_by` again and again.
void slow_down(cluster::PrivateRedis& redis, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    redis.freeze();
    std::this_thread::sleep_for(slow_by);
    redis.thaw();
    std::this_thread::sleep_for(5ms);
  }
}

/// Until a strict answer, which only Redis can vouch for, is used again.
double seconds_until_hit(const MeasuredServer& server, const HttpCall& call) {
  HttpClient client(server.port());
  const auto begun = steady_clock::now();
  while (steady_clock::now() - begun < patience) {
    if (ask(client, call).header("X-Cache") == "hit")
      return std::chrono::duration<double>(steady_clock::now() - begun).count();
    std::this_thread::sleep_for(10ms);
  }
  throw std::runtime_error("no answer is used again after Redis has come back");
}

}  // namespace

void measure_faults(CacheStage& stage) {
  stage.progress.step("faults: starting the service twice");
  const auto cached = stage.start("salesflow-faults", true, stage.database);
  const auto bare = stage.start("salesflow-faults-bare", false, stage.database);
  HttpMix mix{"cache-faults", {}, {}};
  for (const BenchUser& user : stage.users) {
    for (const char* path : {"/api/autopilot/message-events?limit=25", "/api/leads?limit=50", "/api/badges",
                             "/api/v2/collective-intelligence/analytics/dashboard?days=30"}) {
      mix.calls.push_back(get(user, path));
      mix.weights.push_back(1);
    }
  }
  const HttpCall strict = mix.calls.front();
  warm(*cached, strict);
  const auto pace = std::make_shared<double>(2 * asked_a_second);
  const Contestant with = at_pace("redis is well", mix, *cached, pace, asked_a_second);
  std::vector<double> returns;
  const Contestant dead{"redis is dead", [&](milliseconds duration) {
                          stage.redis.kill_hard();
                          const Sample sample = with.run(duration);
                          stage.redis.start_again().value();
                          returns.push_back(seconds_until_hit(*cached, strict));
                          return sample;
                        }};
  const Contestant slow{"redis is slow", [&](milliseconds duration) {
                          std::jthread slowing([&](const std::stop_token& stop) { slow_down(stage.redis, stop); });
                          return with.run(duration);
                        }};
  const std::vector<Contestant> contestants{at_pace("without a cache", mix, *bare, pace, asked_a_second), with, dead,
                                            slow};
  const auto all = run_in_turns("faults", contestants, stage.plan, stage.progress);
  stage.report.rounds("faults", all);
  const auto p99 = [&](const char* name) { return median_of(find_series(all, name), &Sample::latency_p99_ms); };
  for (const auto& [check, name] : {std::pair{"p99_added_while_redis_is_dead", "redis is dead"},
                                    std::pair{"p99_added_while_redis_is_500_ms_slow", "redis is slow"}}) {
    stage.report.check(
        check, p99(name) - p99("without a cache"), "ms", Op::at_most, 20,
        {fmt::format("p99 {:.2f} ms, no error", p99(name)),
         fmt::format("without a cache {:.2f} ms; Redis well {:.2f} ms", p99("without a cache"), p99("redis is well"))});
  }
  stage.report.check("full_use_again", median(returns), "s", Op::at_most, 5,
                     {fmt::format("median of {} returns of Redis", returns.size()), ""});
}

}  // namespace salesflow::bench
