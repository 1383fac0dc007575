// salesflow serve: the HTTP API until SIGINT or SIGTERM.
#include <fmt/format.h>
#include <malloc.h>

#include <csignal>
#include <memory>

#include "apps/salesflow/server/server.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/core/log_file.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  std::string toml_path;
  int port = -1;
};

/// Large answers go back to the system when they have been read. By default glibc keeps what is as large as the largest
/// block that was ever freed, in pieces: 50 unread pages of 8 MiB stood at 220 to 314 MiB, so at 136, and at 45 after.
void give_large_blocks_back() {
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

int run_serve(const Flags& flags) {
  give_large_blocks_back();
  ConfigReader reader = make_config_reader(flags.toml_path);
  ServerConfig config = ServerConfig::read(reader);
  stop_on_complaints(reader);
  if (flags.port >= 0)
    config.http.port = static_cast<std::uint16_t>(flags.port);
  log::configure(config.log_destination, config.log_level);
  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  Server server(std::move(config));
  server.start();
  int received = 0;
  while (sigwait(&signals, &received) == 0 && received == SIGHUP)
    log::reopen();
  server.stop();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
  auto* serve = app.add_subcommand("serve", "Serve the HTTP API from DATABASE_URL");
  serve->footer(
      "Examples:\n"
      "  DATABASE_URL=postgresql://salesflow_app@db/crm SALESFLOW_AUTH_DATABASE_URL=postgresql://salesflow_auth@db/crm "
      "\\\n"
      "  JWT_SECRET_FILE=/run/secrets/jwt salesflow serve\n"
      "  salesflow serve --config /etc/salesflow.toml --port 9000\n"
      "All settings: salesflow config. SIGTERM drains: /readyz says 503 for SALESFLOW_HTTP_DRAIN_GRACE, then "
      "running requests end and new ones are refused. SIGHUP opens the log's file anew.");
  auto flags = std::make_shared<Flags>();
  serve->add_option("--config", flags->toml_path, "TOML file; SALESFLOW_CONFIG otherwise");
  serve->add_option("--port", flags->port, "Port, before PORT; 0 takes a free one")->check(CLI::Range(0, 65535));
  serve->callback([flags, &exit_code] { exit_code = run_serve(*flags); });
}

}  // namespace salesflow::apps
