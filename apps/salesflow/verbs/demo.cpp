// salesflow demo: everything in one command, on this machine only.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

#include "apps/salesflow/server/server.hpp"
#include "apps/salesflow/terminal/http_client.hpp"
#include "apps/salesflow/verbs/demo_check.hpp"
#include "apps/salesflow/verbs/demo_site.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/http/web/embedded_app.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  std::string folder = ".salesflow";
  int port = 8080;
  std::int64_t events = 100'000;
  std::int64_t users = 200;
  std::uint64_t seed = 1;
  bool fresh = false, check = false;
};

int report_error(const Error& error) {
  fmt::print(stderr, "salesflow demo: {}\n", error.public_detail);
  if (!error.log_detail.empty()) {
    fmt::print(stderr, "{}\n", error.log_detail);
  }
  return 1;
}

Result<void> wait_until_ready(int port) {
  HttpClient client(port);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  std::string last = "no answer";
  while (std::chrono::steady_clock::now() < deadline) {
    const Result<HttpAnswer> answer = client.get("/readyz");
    if (answer && answer->status == 200) {
      return {};
    }
    last = answer ? answer->body : answer.error().public_detail;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fail(Errc::deadline_exceeded, "the server did not become ready: " + last);
}

void print_welcome(const DemoSite& site, int port) {
  const std::string url = site.public_url(port);
  fmt::print(
      "\n  SalesFlow serves a sales team on {0}\n\n"
      "{4}"
      "  API and docs  {0}/docs\n"
      "  Login         {1}  ·  {2}\n"
      "  Files         {3} (settings for other verbs: env)\n\n"
      "  Paste these:\n\n"
      "TOKEN=$(curl -s {0}/api/auth/login --data-urlencode username={1} --data-urlencode password={2} | "
      "sed -E 's/.*\"access_token\": ?\"([^\"]+)\".*/\\1/')\n"
      "curl -s -H \"Authorization: Bearer $TOKEN\" '{0}/api/autopilot/message-events?limit=3&channel=whatsapp'\n"
      "curl -s -H \"Authorization: Bearer $TOKEN\" '{0}/api/autopilot/message-events/pending?limit=3'\n\n"
      "  Ctrl-C stops everything; the next start uses the same data.\n",
      url, site.email(), site.password(), site.folder().string(),
      http::embedded_app().files.empty() ? "" : "  Web app       " + url + "/\n");
  std::fflush(stdout);
}

/// Blocked before the server's threads start, so that only sigwait sees them. Until then Ctrl-C simply ends us, and
/// the kernel tells the cluster.
sigset_t block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int run(const Flags& flags) {
  std::signal(SIGPIPE, SIG_IGN);
  auto site = DemoSite::prepare(
      {.folder = flags.folder, .events = flags.events, .users = flags.users, .seed = flags.seed, .fresh = flags.fresh});
  if (!site) {
    return report_error(site.error());
  }
  ConfigReader settings = (*site)->settings(flags.port);
  ServerConfig config = ServerConfig::read(settings);
  stop_on_complaints(settings);
  config.http.port = static_cast<std::uint16_t>(flags.check ? 0 : flags.port);
  log::configure(config.log_destination, config.log_level);
  sigset_t signals;
  sigemptyset(&signals);
  if (!flags.check) {
    signals = block_ending_signals();
  }
  Server server(std::move(config));
  const int port = server.start();
  Result<void> ready = wait_until_ready(port);
  if (ready) {
    ready = (*site)->write_environment(port);
  }
  int exit_code = 0;
  if (!ready) {
    exit_code = report_error(ready.error());
  } else if (flags.check) {
    exit_code = check_demo(**site, port) ? 0 : 1;
  } else {
    print_welcome(**site, port);
    int received = 0;
    sigwait(&signals, &received);
    fmt::print("\nStopping\n");
  }
  server.stop();
  log::flush();
  return exit_code;
}

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand("demo", "A private PostgreSQL with a sales team's data, served on this machine");
  verb->add_option("--port", flags->port, "Port on 127.0.0.1")->check(CLI::Range(1, 65535))->capture_default_str();
  verb->add_option("--events", flags->events, "Message events to generate on the first start")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100'000'000}))
      ->capture_default_str();
  verb->add_option("--users", flags->users, "Users to generate")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000}))
      ->capture_default_str();
  verb->add_option("--seed", flags->seed, "Seed of the data")->capture_default_str();
  verb->add_option("--folder", flags->folder, "Where data and secrets stay")->capture_default_str();
  verb->add_flag("--fresh", flags->fresh, "Throw away the data of earlier starts");
  verb->add_flag(
      "--check", flags->check,
      "Serve on a free port, do the main job over HTTP, compare with SQL, stop everything; exits 0 when all is right");
  verb->footer(
      "Examples:\n"
      "  salesflow demo                        http://127.0.0.1:8080 with 100,000 events\n"
      "  salesflow demo --fresh --events 1000000 --port 9000\n"
      "  salesflow demo --check                proves on this machine that it works\n"
      "Ctrl-C stops all of it. A second start reuses the data.");
  verb->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace salesflow::apps
