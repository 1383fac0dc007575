#include "bench/cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "bench/cache_stage.hpp"
#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t events_full = 1'000'000, events_quick = 100'000;
constexpr int users_count = 5;

}  // namespace

std::unique_ptr<MeasuredServer> CacheStage::start(const std::string& name, bool with_cache, std::string_view of) const {
  std::vector<std::string> environment{with_cache ? "ENABLE_CACHE=true" : "ENABLE_CACHE=false",
                                       "SALESFLOW_CACHE_PROOF_EVERY=0"};
  if (with_cache)
    environment.push_back("REDIS_URL=" + redis.url());
  return start_service(data, of, key, {.name = name, .environment = std::move(environment)});
}

HttpCall get(const BenchUser& user, std::string path) {
  return {.path = std::move(path), .headers = {bearer(user.token)}, .body = {}};
}

HttpCall create_event(const BenchUser& user) {
  return {"POST",
          create_path,
          {bearer(user.token), {"Content-Type", "application/json"}},
          R"({"channel":"email","direction":"inbound","text":"Guten Tag, vielen Dank."})"};
}

std::string warm(const MeasuredServer& server, const HttpCall& call) {
  HttpClient client(server.port());
  for (int i = 0; i < 200; ++i) {
    const HttpAnswer answer = ask(client, call);
    if (answer.header("X-Cache") == "hit")
      return answer.body;
  }
  throw std::runtime_error(call.path + " is never kept");
}

std::vector<std::string> cache_parts() {
  return {"hits", "misses", "writes", "mix", "rival", "faults", "streams"};
}

void bench_cache(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const RoundPlan plan = options.quick ? RoundPlan{2, milliseconds(600), milliseconds(0)}
                                       : RoundPlan{7, milliseconds(4'000), milliseconds(1'000)};
  const auto events = static_cast<std::int64_t>(
      std::llround(static_cast<double>(options.quick ? events_quick : events_full) * options.scale));
  Progress progress("cache", options.quick ? milliseconds(25'000) : milliseconds(330'000));
  progress.step("starting PostgreSQL and Redis");
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  const std::string database = data.prepare(events, progress);
  const auto redis = cluster::PrivateRedis::start(data.home(), {.name = "bench-redis"}).value();
  const TokenKey key = TokenKey::random();
  CacheStage stage{
      data,   database, key,           choose_users(data, database, key, list_status, list_rows + 1, users_count),
      *redis, plan,     options.quick, progress,
      report};
  const std::vector<std::pair<const char*, std::function<void(CacheStage&)>>> parts{
      {"hits", measure_hits},   {"misses", measure_misses}, {"writes", measure_writes},  {"mix", measure_mix},
      {"rival", measure_rival}, {"faults", measure_faults}, {"streams", measure_streams}};
  for (const auto& [part, run] : parts) {
    if (wants(part))
      run(stage);
  }
  report.note(fmt::format("{} events; one Redis beside; {} rounds in turns{}; medians of the rounds' ratios.",
                          format_number(static_cast<double>(events)), plan.rounds,
                          options.quick ? " (--quick: a rough answer)" : ""));
  report.note(
      fmt::format("The mix: {} users, {} screens by Zipf's law (exponent 1), one write in 51 requests; beside it "
                  "one in 11.",
                  stage.users.size(), screens_of_the_mix()));
}

}  // namespace salesflow::bench
