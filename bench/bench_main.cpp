// salesflow_bench: measures the service against rivals and limits. Run through script/bench and script/soak.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/registry.hpp"

namespace {

/// A thousand idle connections and their servers need more files than a shell usually allows.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace salesflow::bench;
  CLI::App app{"Measures SalesFlow against rivals and limits, in turns within one run"};
  app.footer(
      "Examples:\n"
      "  script/bench events                  1 M events, about 10 minutes; build/bench/events.json\n"
      "  script/bench events --quick          100 k events, rougher, under 50 s\n"
      "  script/bench events --scale 3        three times the events\n"
      "  script/bench events --only list,create\n"
      "  script/bench kpi --quick             the strategy's targets at 100 k events, in a minute\n"
      "  script/bench all\n"
      "  script/soak events --seconds 600     mixed load while PostgreSQL is restarted\n"
      "Exit code: 0 all targets met, 1 a target missed, 2 the measuring failed.");
  std::string name;
  BenchOptions options;
  SoakOptions soak_options;
  bool list = false, soak = false;
  app.add_option("name", name, "what to measure, or all");
  app.add_flag("--quick", options.quick, "a rougher answer: a tenth of the data, fewer and shorter rounds");
  app.add_option("--scale", options.scale, "times the usual number of events")->check(CLI::Range(0.01, 100.0));
  app.add_option("--events", options.events, "of kpi: this many message events and no other size")
      ->check(CLI::Range(10'000, 100'000'000));
  app.add_option("--only", options.only,
                 "parts of it, comma separated (see --list); targets of the others are left out")
      ->delimiter(',');
  app.add_flag("--list", list, "prints the names and their parts");
  app.add_flag("--soak", soak, "the long check of that name instead of the bench");
  app.add_option("--seconds", soak_options.seconds, "how long to soak")->check(CLI::Range(5, 7 * 24 * 3600));
  CLI11_PARSE(app, argc, argv);

  if (list || name.empty()) {
    fmt::print("{}", describe_benches());
    return list ? 0 : 2;
  }
  allow_many_files();
  try {
    return (soak ? run_soak(name, soak_options) : run_bench(name, options)) ? 0 : 1;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "\n{}: {}\n", soak ? "script/soak" : "script/bench", failure.what());
    return 2;
  }
}
