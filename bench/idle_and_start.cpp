#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/proc_stat.hpp"

namespace salesflow::bench {
namespace {

constexpr int idle_connections = 1'000;
constexpr double idle_memory_mib_max = 64;
constexpr double ready_ms_max = 300;
constexpr auto settle_time = std::chrono::seconds(3);  // longer than SALESFLOW_HTTP_PARK_AFTER

}  // namespace

void measure_idle_and_start(EventsStage& stage) {
  std::vector<double> ready_ms;
  for (int i = 1; i <= stage.starts; ++i) {
    stage.progress.step(fmt::format("start: {} of {}", i, stage.starts));
    const auto service =
        start_service(stage.data, stage.database, stage.key, {.name = "salesflow-start", .environment = {}});
    ready_ms.push_back(static_cast<double>(service->start_time().count()) / 1'000);
  }
  const double ready = median(ready_ms);
  stage.report.check("start_to_ready", ready, "ms", Op::at_most, ready_ms_max,
                     {fmt::format("median of {} starts", stage.starts), "migrated database"});

  stage.progress.step("idle: 1,000 connections", settle_time);
  const auto service =
      start_service(stage.data, stage.database, stage.key, {.name = "salesflow-idle", .environment = {}});
  const double before_mib = static_cast<double>(resident_kib(service->pid())) / 1024;
  // Each has been used: a page of the list, as a browser leaves its connection behind.
  std::vector<HttpClient> clients;
  for (int i = 0; i < idle_connections; ++i) {
    clients.emplace_back(service->port());
    const BenchUser& user = stage.users[static_cast<std::size_t>(i) % stage.users.size()];
    const HttpAnswer answer =
        clients.back().get(fmt::format("{}?limit={}", list_path, list_rows), {bearer(user.token)});
    if (answer.status != 200) {
      throw std::runtime_error(
          fmt::format("connection {} got {}: {}", i + 1, answer.status, answer.body.substr(0, 300)));
    }
  }
  std::this_thread::sleep_for(settle_time);
  const double idle_mib = static_cast<double>(resident_kib(service->pid())) / 1024;
  for (HttpClient& client : clients) {
    if (!client.is_open()) {
      throw std::runtime_error("the service closed an idle connection");
    }
  }
  stage.report.check("memory_at_1000_idle_connections", idle_mib, "MiB", Op::at_most, idle_memory_mib_max,
                     {fmt::format("{:.1f} MiB without", before_mib), "each asked for a page before"});
}

}  // namespace salesflow::bench
