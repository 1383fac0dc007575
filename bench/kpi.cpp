#include "bench/kpi.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/kpi_stage.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
namespace json = boost::json;

constexpr std::int64_t size_quick = 100'000;
constexpr std::int64_t sizes_usual[] = {100'000, 1'000'000};
constexpr int users_count = 5;
constexpr double growth_max = 1.3, hit_rate_min = 90;

KpiTimes times_of(bool quick) {
  if (quick)
    return {.peak = milliseconds(200),
            .paced = milliseconds(700),
            .paced_most = milliseconds(1'200),
            .batch = milliseconds(300),
            .mix = milliseconds(1'200),
            .fresh_patience = milliseconds(400),
            .usual_per_second = 200,
            .fresh_rounds = 1,
            .busy = false};
  return {.peak = milliseconds(2'000),
          .paced = milliseconds(10'000),
          .paced_most = milliseconds(30'000),
          .batch = milliseconds(5'000),
          .mix = milliseconds(20'000),
          .fresh_patience = milliseconds(3'000),
          .usual_per_second = 200,
          .fresh_rounds = 5,
          .busy = true};
}

/// 100 k and 1 M; with --quick 100 k. --scale adds a size that many times the largest, --events is one of its own.
std::vector<std::int64_t> sizes_of(const BenchOptions& options) {
  if (options.events > 0)
    return {options.events};
  std::vector<std::int64_t> sizes(std::begin(sizes_usual), std::end(sizes_usual));
  if (options.quick)
    sizes = {size_quick};
  if (options.scale > 1)
    sizes.push_back(std::llround(static_cast<double>(sizes.back()) * options.scale));
  return sizes;
}

double at(const json::object& object, std::initializer_list<const char*> path) {
  const json::value* value = nullptr;
  const json::object* here = &object;
  for (const char* key : path) {
    value = here == nullptr ? nullptr : here->if_contains(key);
    here = value == nullptr ? nullptr : value->if_object();
  }
  return value != nullptr && value->is_number() ? value->to_number<double>() : std::nan("");
}

/// "p50 1.2, p95 2.3 ms"; "-" where it was not measured.
std::string latencies(const json::object& kpi, const char* contestant, const char* state) {
  const double p50 = at(kpi, {"contestants", contestant, state, "p50_ms"}),
               p95 = at(kpi, {"contestants", contestant, state, "p95_ms"});
  return std::isnan(p95) ? std::string("-")
                         : fmt::format("{} {} / {} ms", contestant, format_number(p50), format_number(p95));
}

void check_kpi(const KpiStage& stage, const Kpi& kpi, Report& report) {
  const json::value* all = stage.result.if_contains("kpis");
  const json::value* found = all == nullptr ? nullptr : all->as_object().if_contains(kpi.key);
  if (found == nullptr)
    return;
  const json::object& figures = found->as_object();
  const double ours = at(figures, {"contestants", "salesflow", "warm", "p95_ms"});
  if (std::isnan(ours))
    return;
  const double before = at(figures, {"contestants", "before", "warm", "p95_ms"});
  const double pace = at(figures, {"pace_per_second"});
  report.check(fmt::format("{}_p95_at_{}", kpi.key, stage.databases.events), ours, "ms", Op::at_most, kpi.ours_ms,
               {fmt::format("p50 {} ms{}", format_number(at(figures, {"contestants", "salesflow", "warm", "p50_ms"})),
                            std::isnan(pace) ? std::string() : fmt::format(" at {}/s", format_number(pace, 1))),
                fmt::format("p50 / p95: {}; {}; {}", latencies(figures, "before", "warm"),
                            latencies(figures, "strategy", "warm"), latencies(figures, "pgbench", "warm"))});
  report.inform(fmt::format("{}_before_vs_salesflow_at_{}", kpi.key, stage.databases.events), before / ours, "times",
                {"p95 of before ÷ ours",
                 fmt::format("strategy promises 5 to 20; the strategy as written {}",
                             format_number(before / at(figures, {"contestants", "strategy", "warm", "p95_ms"})))});
}

void check_size(const KpiStage& stage, Report& report) {
  for (const Kpi& kpi : kpis)
    check_kpi(stage, kpi, report);
  check_kpi(stage, batch_kpi, report);
  if (const json::value* mix = stage.result.if_contains("cache_mix"))
    report.check(fmt::format("cache_hit_rate_at_{}", stage.databases.events),
                 at(mix->as_object(), {"salesflow", "hit_rate_percent"}), "%", Op::at_least, hit_rate_min,
                 {fmt::format("of {:.0f}", at(mix->as_object(), {"salesflow", "looked_up"})),
                  fmt::format("strategy {} % of {:.0f}",
                              format_number(at(mix->as_object(), {"strategy", "hit_rate_percent"}), 1),
                              at(mix->as_object(), {"strategy", "looked_up"}))});
  if (const json::value* slow = stage.result.if_contains("slow_statements"))
    report.check(
        fmt::format("statements_over_1_s_at_{}", stage.databases.events),
        at(slow->as_object(), {"salesflow", "over_1s"}), "statements", Op::at_most, 0,
        {fmt::format("of {:.0f}", at(slow->as_object(), {"salesflow", "statements"})),
         fmt::format("before {:.0f} of {:.0f}, strategy {:.0f} of {:.0f}", at(slow->as_object(), {"before", "over_1s"}),
                     at(slow->as_object(), {"before", "statements"}), at(slow->as_object(), {"strategy", "over_1s"}),
                     at(slow->as_object(), {"strategy", "statements"}))});
}

/// p95 of the largest size ÷ that of the smallest.
void check_growth(const json::array& sizes, Report& report) {
  if (sizes.size() < 2)
    return;
  const auto p95 = [](const json::value& size, const char* kpi, const char* contestant) {
    return at(size.as_object(), {"kpis", kpi, "contestants", contestant, "warm", "p95_ms"});
  };
  std::vector<const char*> keys{batch_kpi.key};
  for (const Kpi& kpi : kpis)
    keys.push_back(kpi.key);
  for (const char* key : keys) {
    const double ours = p95(sizes.back(), key, "salesflow") / p95(sizes.front(), key, "salesflow");
    if (std::isnan(ours))
      continue;
    report.check(
        fmt::format("{}_growth", key), ours, "times", Op::at_most, growth_max,
        {fmt::format("{:.0f} to {:.0f} events", at(sizes.front().as_object(), {"events"}),
                     at(sizes.back().as_object(), {"events"})),
         fmt::format("before {}, strategy {}",
                     format_number(p95(sizes.back(), key, "before") / p95(sizes.front(), key, "before")),
                     format_number(p95(sizes.back(), key, "strategy") / p95(sizes.front(), key, "strategy")))});
  }
}

std::string describe_users(const std::vector<BenchUser>& users) {
  std::string text;
  for (const BenchUser& user : users)
    text += fmt::format("{}{} events ({} %)", text.empty() ? "" : ", ", format_number(static_cast<double>(user.events)),
                        user.weight);
  return text;
}

}  // namespace

std::vector<std::string> kpi_parts() {
  return {"cold", "warm", "cached", "fresh", "claims"};
}

void bench_kpi(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    // What chapter 8 claims takes minutes of writing.
    if (options.only.empty())
      return !options.quick || std::string_view(part) != "claims";
    return std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const std::vector<std::int64_t> sizes = sizes_of(options);
  Progress progress("kpi", milliseconds(options.quick ? 40'000 : 480'000) * static_cast<int>(sizes.size()));
  progress.step("starting PostgreSQL and Redis");
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  const auto redis = cluster::PrivateRedis::start(data.home(), {.name = "bench-redis"}).value();
  const TokenKey key = TokenKey::random();
  json::array results;
  for (const std::int64_t events : sizes) {
    const KpiDatabases databases = prepare_kpi(data, events, progress);
    KpiStage stage{data,     databases,
                   key,      choose_users(data, databases.ours, key, list_status, list_rows + 1, users_count),
                   *redis,   times_of(options.quick),
                   progress, {{"events", events}}};
    stage.result["users"] = boost::json::string(describe_users(stage.users));
    remove_probes(stage);
    const std::pair<const char*, void (*)(KpiStage&)> parts[] = {{"cold", measure_cold},
                                                                 {"warm", measure_warm},
                                                                 {"cached", measure_cached},
                                                                 {"fresh", measure_freshness},
                                                                 {"claims", measure_claims}};
    for (const auto& [part, measure] : parts) {
      if (wants(part))
        measure(stage);
    }
    remove_probes(stage);
    check_size(stage, report);
    report.note(fmt::format("{} events; asked by users with {}.", format_number(static_cast<double>(events)),
                            stage.result["users"].as_string().c_str()));
    results.push_back(std::move(stage.result));
  }
  check_growth(results, report);
  report.note(
      "p95 at a fixed pace that each bears (half of the slowest one's peak, at most 200/s), from when a request was "
      "due; "
      "nothing kept. 2 cores for all: load, services, PostgreSQL.");
  report.detail("sizes", std::move(results));
  std::string command = "script/bench kpi";
  command += options.quick ? " --quick" : "";
  command += options.scale > 1 ? fmt::format(" --scale {}", options.scale) : "";
  command += options.events > 0 ? fmt::format(" --events {}", options.events) : "";
  report.detail("command", boost::json::string(command));
}

void write_kpi_pages(const std::string& json_file) {
  try {
    fmt::print("{}", run_tool({.arguments = {"node", "bench/kpi_page/render.mjs", json_file},
                               .timeout = std::chrono::minutes(1)}));
  } catch (const std::runtime_error& failure) {
    fmt::print("no pages of {}: {}\n", json_file, failure.what());
  }
}

}  // namespace salesflow::bench
