// consistency_checker: does anybody ever read what they must not? Runs the service on several nodes with PostgreSQL, a
// replica and Redis of its own, writes versions, reads them, and breaks things meanwhile.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

#include "build_paths.hpp"
#include "tests/consistency/driver.hpp"
#include "tests/consistency/faults.hpp"
#include "tests/consistency/population.hpp"
#include "tests/consistency/threads.hpp"

namespace {

using namespace salesflow::consistency;

struct Options {
  int seconds = 60;
  std::uint64_t seed = 1;
  int nodes = 2, threads = 2, sessions = 48, driver_threads = 2, organizations = 4, listeners = 4, writes_in = 14,
      think_us = 0;
  bool no_faults = false, redis_cluster = false, no_redis = false, no_replica = false, list_faults = false;
  std::vector<std::string> faults, without;
  std::string mutant, program = SALESFLOW_BINARY, json_file;
  int outside_ms = 2'000, bounded_ms = 0, calm_ms = 2'000, outside_pause_ms = 40;
  double recovery_s = 5;
};

World* interrupted = nullptr;
void on_signal(int) {
  if (interrupted)
    interrupted->stop = true;
}

double seconds_of(Nanos time) {
  return static_cast<double>(time) / 1e9;
}

std::uint64_t sum_of(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counts)
    sum += count;
  return sum;
}

void print_progress(const World& world, std::uint64_t reads_before, double seconds) {
  const Tally& tally = world.tally;
  const auto words = [&](CacheWord word) { return tally.words[static_cast<std::size_t>(word)].load(); };
  fmt::print(
      "{:7.1f} s  {:8.0f} reads/s, {} checked, hit {} miss {} stale {} bypass {} none {}, writes {} ({} open), "
      "{} faults, {} violations\n",
      seconds_of(now() - world.began), static_cast<double>(tally.reads - reads_before) / seconds, tally.reads.load(),
      words(CacheWord::hit), words(CacheWord::miss), words(CacheWord::stale), words(CacheWord::bypass),
      words(CacheWord::none), tally.writes.load(), tally.writes_open.load(), sum_of(world.faults()),
      world.violations());
  std::fflush(stdout);
}

boost::json::object report_of(const World& world, const Options& options, double seconds) {
  const Tally& tally = world.tally;
  boost::json::object words, faults, violations;
  for (std::size_t i = 0; i < cache_words.size(); ++i)
    words[cache_words[i]] = tally.words[i].load();
  for (const auto& [kind, count] : world.faults())
    faults[kind] = count;
  for (const Rule rule : all_rules)
    violations[name_of(rule)] = world.violations_of(rule);
  return {{"seconds", seconds},
          {"seed", options.seed},
          {"nodes", options.nodes},
          {"mutant", options.mutant},
          {"reads_checked", tally.reads.load()},
          {"reads_a_second", static_cast<double>(tally.reads) / seconds},
          {"values_judged", tally.sights.load()},
          {"not_modified", tally.unchanged.load()},
          {"reads_without_answer", tally.reads_failed.load()},
          {"x_cache", words},
          {"writes", tally.writes.load()},
          {"writes_open", tally.writes_open.load()},
          {"writes_refused", tally.writes_refused.load()},
          {"outside_writes", tally.outside_writes.load()},
          {"clock_checks", tally.clock_checks.load()},
          {"stampedes", tally.stampedes.load()},
          {"stream_events", tally.stream_events.load()},
          {"stream_resumes", tally.stream_resumes.load()},
          {"stream_resyncs", tally.stream_resyncs.load()},
          {"allowed_old_answers", tally.stale_seen.load()},
          {"oldest_ms", static_cast<double>(tally.oldest) / 1e6},
          {"oldest_outside_ms", static_cast<double>(tally.oldest_outside) / 1e6},
          {"faults", faults},
          {"violations", violations}};
}

void print_report(const World& world, const boost::json::object& report) {
  fmt::print("\n");
  for (const auto& [name, value] : report) {
    if (value.is_object()) {
      std::string line;
      for (const auto& [word, count] : value.get_object())
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", std::string(word), boost::json::serialize(count));
      fmt::print("{:22} {}\n", std::string(name), line.empty() ? "none" : line);
    } else {
      fmt::print("{:22} {}\n", std::string(name), boost::json::serialize(value));
    }
  }
  for (const auto& [what, count] : world.odd())
    fmt::print("  odd, {} times: {}\n", count, what);
}

/// The threads of a run; joined when it goes.
class Crew {
 public:
  Crew(World& world, Rig& rig, const Options& options) {
    std::vector<std::vector<SessionPlan>> plans(static_cast<std::size_t>(options.driver_threads));
    for (int number = 1; number <= options.sessions; ++number)
      plans[static_cast<std::size_t>(number) % plans.size()].push_back(
          {.number = number,
           .person = static_cast<std::size_t>(number) / plans.size() % world.people.size(),
           .by_cookie = number % 2 == 0});
    const DriverOptions driver{.ports = rig.ports(), .writes_in = options.writes_in, .think_us = options.think_us};
    for (auto& sessions : plans) {
      start([&world, driver, sessions, seed = options.seed] { Driver(world, driver, sessions, seed).run(); });
    }
    for (int i = 0; i < options.listeners; ++i) {
      const auto person = static_cast<std::size_t>(i) % world.people.size();
      start([&world, &rig, person, seed = options.seed + 1'000 + static_cast<std::uint64_t>(i)] {
        listen(world, rig, person, seed);
      });
    }
    const auto is_wanted = [&options](const char* part) {
      return std::find(options.without.begin(), options.without.end(), part) == options.without.end();
    };
    if (is_wanted("outside"))
      start([&world, &rig, seed = options.seed + 2'000, pause_ms = options.outside_pause_ms] {
        write_outside(world, rig, seed, pause_ms);
      });
    if (options.listeners > 0)
      start([&world, &rig] { watch_feed(world, rig); });
    if (is_wanted("clock"))
      start([&world, &rig, seed = options.seed + 3'000] { watch_the_clock(world, rig, seed); });
    if (is_wanted("stampedes"))
      start([&world, &rig, seed = options.seed + 5'000] { stampede(world, rig, seed); });
    if (!options.no_faults)
      start([&world, &rig, &options] {
        Faults(world, rig, options.seed + 4'000, options.faults, milliseconds_of(options.calm_ms)).run();
      });
  }

 private:
  template <class Work>
  void start(Work work) {
    threads_.emplace_back([work = std::move(work)] {
      try {
        work();
      } catch (const std::exception& failure) {
        fmt::print(stderr, "consistency_checker: {}\n", failure.what());
        std::_Exit(2);
      }
    });
  }
  std::vector<std::jthread> threads_;
};

int run(const Options& options) {
  fmt::print("seed {}, {} nodes of {} threads, {} sessions{}{}\n", options.seed, options.nodes, options.threads,
             options.sessions, options.mutant.empty() ? "" : ", mutant " + options.mutant,
             options.no_faults ? ", no faults" : "");
  std::fflush(stdout);
  World world(static_cast<Nanos>(options.recovery_s * 1e9));
  world.outside_bound = milliseconds_of(options.outside_ms);
  world.stops_at_violation = !options.mutant.empty();
  const Lifetimes lifetimes;
  Rig rig({.program = options.program,
           .nodes = options.nodes,
           .threads = options.threads,
           .mutant = options.mutant,
           .redis_cluster = options.redis_cluster,
           .with_redis = !options.no_redis,
           .with_replica = !options.no_replica,
           .environment = lifetimes.environment()});
  rig.start_nodes();
  populate(world, rig, lifetimes, options.organizations);
  for (const auto& person : world.people) {
    for (View& view : person->views) {
      if (view.guarantee == Guarantee::bounded && options.bounded_ms > 0)
        view.ttl = milliseconds_of(options.bounded_ms);
    }
  }
  interrupted = &world;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const Nanos began = now();
  {
    const Crew crew(world, rig, options);
    std::uint64_t reads = 0;
    for (Nanos shown = began; !world.stop;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const Nanos at = now();
      if (at - shown >= milliseconds_of(10'000)) {
        print_progress(world, reads, seconds_of(at - shown));
        reads = world.tally.reads;
        shown = at;
      }
      if (at - began >= static_cast<Nanos>(options.seconds) * 1'000'000'000)
        world.stop = true;
    }
  }
  interrupted = nullptr;
  const auto report = report_of(world, options, seconds_of(now() - began));
  print_report(world, report);
  if (!options.json_file.empty()) {
    if (const auto folder = std::filesystem::path(options.json_file).parent_path(); !folder.empty())
      std::filesystem::create_directories(folder);
    std::ofstream(options.json_file) << boost::json::serialize(report) << "\n";
  }
  if (const auto ended = rig.ended_node()) {
    fmt::print(stderr, "consistency_checker: {}\n", *ended);
    return 2;
  }
  if (world.tally.reads == 0 || world.tally.writes == 0) {
    fmt::print(stderr, "consistency_checker: nothing was checked\n{}\n", rig.node_log(0, 30));
    return 2;
  }
  fmt::print("{}\n", world.violations() == 0 ? "0 violations" : fmt::format("{} VIOLATIONS", world.violations()));
  return world.violations() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Writes versions through several nodes, reads them again, breaks things meanwhile, and judges every answer"};
  app.footer(
      "Examples:\n"
      "  script/soak cache --seconds 3600 --seed 7\n"
      "  build/release/consistency_checker --no-faults --seconds 20\n"
      "  build/release/consistency_checker --faults 'redis paused,node killed'\n"
      "Exit code: 0 nothing was violated, 1 something was, 2 the check itself failed.");
  Options options;
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::Range(1, 7 * 24 * 3600));
  app.add_option("--seed", options.seed, "of what is asked and what is broken");
  app.add_option("--nodes", options.nodes, "processes of the service")->check(CLI::Range(1, 8));
  app.add_option("--threads", options.threads, "worker threads of a node")->check(CLI::Range(1, 16));
  app.add_option("--sessions", options.sessions, "clients")->check(CLI::Range(1, 10'000));
  app.add_option("--driver-threads", options.driver_threads, "threads that play them")->check(CLI::Range(1, 16));
  app.add_option("--organizations", options.organizations, "of two users each")->check(CLI::Range(1, 100));
  app.add_option("--listeners", options.listeners, "of the live stream")->check(CLI::Range(0, 100));
  app.add_option("--writes-in", options.writes_in, "one write in so many turns")->check(CLI::Range(1, 1'000'000));
  app.add_option("--think-us", options.think_us, "a session's mean pause between turns, µs")
      ->check(CLI::Range(0, 10'000'000));
  app.add_flag("--no-faults", options.no_faults, "breaks nothing");
  app.add_option("--faults", options.faults, "only these kinds, comma separated")
      ->delimiter(',')
      ->check(CLI::IsMember(Faults::kinds()));
  app.add_option("--calm-ms", options.calm_ms, "the mean time between two faults")->check(CLI::Range(10, 600'000));
  app.add_option("--without", options.without, "leaves parts out, comma separated")
      ->delimiter(',')
      ->check(CLI::IsMember({"outside", "clock", "stampedes"}));
  app.add_flag("--list-faults", options.list_faults, "prints the kinds");
  app.add_flag("--redis-cluster", options.redis_cluster, "three primaries instead of one Redis");
  app.add_flag("--no-redis", options.no_redis, "each process for itself; with --nodes 1");
  app.add_flag("--no-replica", options.no_replica, "the primary alone");
  app.add_option("--mutant", options.mutant,
                 "a fault in the program (build salesflow_mutants); stops at the first violation");
  app.add_option("--program", options.program, "the service's binary");
  app.add_option("--outside-ms", options.outside_ms, "how late a write outside of the service may be seen")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--outside-pause-ms", options.outside_pause_ms, "the mean time between two such writes")
      ->check(CLI::Range(1, 60'000));
  app.add_option(
      "--bounded-ms", options.bounded_ms,
      "how old dashboards may be, instead of their time to live; they are made anew once a change is heard of");
  app.add_option("--recovery-s", options.recovery_s, "how long after a fault of Redis all is as before")
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--json", options.json_file, "writes the figures to this file");
  CLI11_PARSE(app, argc, argv);
  if (options.list_faults) {
    for (const std::string& kind : Faults::kinds())
      fmt::print("{}\n", kind);
    return 0;
  }
  if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  try {
    return run(options);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "consistency_checker: {}\n", failure.what());
    return 2;
  }
}
