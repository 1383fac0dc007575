#include "bench/events.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/load.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t events_full = 1'000'000, events_quick = 100'000;
constexpr int users_count = 8;
constexpr std::size_t list_contestants = 7, plain_contestants = 4, create_contestants = 4;

struct Plans {
  RoundPlan list, plain, create;
  int starts;
};

Plans plans_of(bool quick) {
  if (quick) {
    const RoundPlan rough{2, milliseconds(700), milliseconds(0)};
    return {rough, rough, rough, 2};
  }
  return {{7, milliseconds(5'000), milliseconds(1'000)},
          {7, milliseconds(4'000), milliseconds(1'000)},
          {7, milliseconds(4'000), milliseconds(1'000)},
          5};
}

milliseconds time_of(const RoundPlan& plan, std::size_t contestants) {
  return (plan.rounds * plan.duration + plan.warm_up) * static_cast<int>(contestants);
}

}  // namespace

std::vector<std::string> events_parts() {
  return {"list", "buffers", "plain", "create", "idle"};
}

void bench_events(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const Plans plans = plans_of(options.quick);
  const auto events = static_cast<std::int64_t>(
      std::llround(static_cast<double>(options.quick ? events_quick : events_full) * options.scale));
  milliseconds expected(0);
  expected += wants("list") ? time_of(plans.list, list_contestants) : milliseconds(0);
  expected += wants("plain") ? time_of(plans.plain, plain_contestants) : milliseconds(0);
  expected += wants("create") ? time_of(plans.create, create_contestants) : milliseconds(0);
  expected += wants("idle") ? milliseconds(3'000) : milliseconds(0);
  Progress progress("events", expected);

  progress.step("starting PostgreSQL");
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  const std::string small = wants("buffers") ? data.prepare(events / 10, progress) : std::string();
  const std::string full = data.prepare(events, progress);
  const TokenKey key = TokenKey::random();
  EventsStage stage{.data = data,
                    .database = full,
                    .small_database = small,
                    .key = key,
                    .users = choose_users(data, full, key, list_status, list_rows + 1, users_count),
                    .list_plan = plans.list,
                    .plain_plan = plans.plain,
                    .create_plan = plans.create,
                    .starts = plans.starts,
                    .progress = progress,
                    .report = report};
  const std::vector<std::pair<const char*, std::function<void(EventsStage&)>>> parts{{"list", measure_list},
                                                                                     {"buffers", measure_buffers},
                                                                                     {"plain", measure_plain_answers},
                                                                                     {"create", measure_create},
                                                                                     {"idle", measure_idle_and_start}};
  for (const auto& [part, run] : parts) {
    if (wants(part)) {
      run(stage);
    }
  }
  std::string users;
  for (const BenchUser& user : stage.users) {
    users += fmt::format("{}{} events ({} %)", users.empty() ? "" : ", ", user.events, user.weight);
  }
  report.note(fmt::format(
      "{} events; {} rounds in turns{}; medians of the rounds' ratios; 'us' is CPU time of the contestant a request.",
      format_number(static_cast<double>(events)), plans.list.rounds,
      options.quick ? " (--quick: a rough answer)" : ""));
  report.note(
      fmt::format("Load: {} connections, {} load threads; service {} threads, rivals {} workers; nobody is pinned to a "
                  "core, all share the machine.",
                  load_connections, load_threads, server_threads, server_threads));
  report.note("Users asked for, by share: " + users + ".");
}

}  // namespace salesflow::bench
