#include "bench/soak_events.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <limits>
#include <thread>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/machine.hpp"
#include "bench/proc_stat.hpp"
#include "bench/soak_client.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::int64_t events_before = 20'000;
constexpr const char* soak_database = "events_soak";
constexpr int users_count = 4, writers = 6, readers = 3;
constexpr double recovery_s_max = 3;
constexpr double growth_mib_max = 8;  // over the second half of the run

/// The ways a server goes away, in turn.
void disturb(cluster::PrivatePostgres& server, int turn) {
  switch (turn % 3) {
    case 0:
      server.restart(cluster::StopMode::fast).value();
      return;
    case 1:
      server.restart(cluster::StopMode::immediate).value();
      return;
    default:
      server.kill_hard();
      server.start_again().value();
  }
}

/// Seconds until the service answers a list with 200 again; infinite when it does not within ten times the limit.
double await_recovery(int port, const BenchUser& user) {
  const auto started = steady_clock::now();
  while (!answers_ok(port, std::string(list_path) + "?limit=1", {bearer(user.token)})) {
    if (steady_clock::now() - started > std::chrono::duration<double>(10 * recovery_s_max)) {
      return std::numeric_limits<double>::infinity();
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
  return std::chrono::duration<double>(steady_clock::now() - started).count();
}

std::vector<SoakLedger::StoredEvent> read_stored(Dataset& data, const std::string& run) {
  auto superuser = data.connect(soak_database, Login::superuser);
  const auto found =
      superuser.run("SELECT text, autopilot_status FROM message_events WHERE text LIKE $1", {run + " %"}).value();
  std::vector<SoakLedger::StoredEvent> stored;
  for (std::size_t row = 0; row < found.rows.size(); ++row) {
    stored.push_back({found.value(row, 0), found.value(row, 1)});
  }
  return stored;
}

struct Disturbances {
  int count = 0;
  double slowest_recovery_s = 0;
  std::vector<double> memory_mib;  // one a second
};

/// Samples memory each second and restarts PostgreSQL now and then until `end`; quiet at the end, so that all recover.
Disturbances disturb_until(steady_clock::time_point end, Dataset& data, MeasuredServer& service, const BenchUser& user,
                           int total_s, Progress& progress) {
  const auto interval = std::clamp(seconds(total_s / 5), seconds(2), seconds(15));
  Disturbances result;
  auto next = steady_clock::now() + interval;
  while (steady_clock::now() < end) {
    std::this_thread::sleep_until(std::min(end, steady_clock::now() + seconds(1)));
    if (!service.is_running()) {
      throw std::runtime_error("the service ended:\n" + cluster::log_tail(service.log_file(), 20));
    }
    result.memory_mib.push_back(static_cast<double>(resident_kib(service.pid())) / 1024);
    progress.step(fmt::format("restart {}", result.count), seconds(1));
    if (steady_clock::now() < next || steady_clock::now() + interval > end) {
      continue;
    }
    disturb(data.server(), result.count++);
    result.slowest_recovery_s = std::max(result.slowest_recovery_s, await_recovery(service.port(), user));
    next = steady_clock::now() + interval;
  }
  return result;
}

}  // namespace

bool soak_events(const SoakOptions& options) {
  const auto environment = describe_environment();
  Progress progress("soak events", seconds(options.seconds));
  Dataset data(std::filesystem::absolute(".salesflow/soak"), {.autovacuum = true});
  data.copy(data.prepare(events_before, progress), soak_database);
  const TokenKey key = TokenKey::random();
  const std::vector<BenchUser> users = choose_users(data, soak_database, key, list_status, 1, users_count);
  const auto service = start_service(data, soak_database, key, {.name = "salesflow-soak", .environment = {}});

  SoakLedger ledger;
  SoakCounts counts;
  const std::string run = "soak " + random_hex(6);
  const auto end = steady_clock::now() + seconds(options.seconds);
  std::vector<std::jthread> clients;
  for (int i = 0; i < writers + readers; ++i) {
    const BenchUser& user = users[static_cast<std::size_t>(i) % users.size()];
    clients.emplace_back([&, i, port = service->port()](const std::stop_token& stop) {
      SoakClient client(port, user.token, fmt::format("{} {}", run, i), ledger, counts);
      while (!stop.stop_requested() && steady_clock::now() < end) {
        i < writers ? client.write_once() : client.read_once();
      }
    });
  }
  const Disturbances disturbances = disturb_until(end, data, *service, users.front(), options.seconds, progress);
  clients.clear();  // joins

  const SoakLedger::Verdict verdict = ledger.judge(read_stored(data, run));
  Report report("soak-events");
  const auto none = [&](const char* name, std::uint64_t count, const char* what) {
    report.check(name, static_cast<double>(count), "", Op::at_most, 0,
                 {fmt::format("of {}", verdict.acknowledged + verdict.uncertain), what});
  };
  none("lost_writes", verdict.lost, "acknowledged, not stored");
  none("doubled_writes", verdict.doubled, "stored more than once");
  none("unknown_writes", verdict.unknown, "stored, never asked for");
  none("wrong_statuses", verdict.wrong_status, "not the last acknowledged one");
  none("violations", ledger.violations(), "answers that must not happen");
  report.check(
      "recovery", disturbances.slowest_recovery_s, "s", Op::at_most, recovery_s_max,
      {fmt::format("slowest of {} restarts", disturbances.count), "from PostgreSQL's return to the first 200"});
  report.check(
      "memory_growth", growth_of(disturbances.memory_mib), "MiB", Op::at_most, growth_mib_max,
      {disturbances.memory_mib.empty() ? "" : fmt::format("{:.1f} MiB at the end", disturbances.memory_mib.back()),
       "last quarter less second"});
  report.inform("writes_acknowledged", static_cast<double>(verdict.acknowledged), "",
                {fmt::format("{} repeated with their key", counts.repeats.load()), ""});
  report.inform(
      "writes_uncertain", static_cast<double>(verdict.uncertain), "",
      {fmt::format("{} of them stored", verdict.uncertain_but_stored), "409, 503, 504 or a broken connection"});
  report.inform("reads", static_cast<double>(counts.reads.load()), "",
                {fmt::format("{} refused with 409, 503 or 504", counts.refused.load()), ""});
  for (const std::string& line : verdict.examples) {
    report.note(line);
  }
  for (const std::string& line : ledger.describe_violations()) {
    report.note(line);
  }
  fmt::print("{}{}\n{}\n", report.table(), summarize(environment), report.passed() ? "verdict: good" : "verdict: BAD");
  write_text("build/bench/soak-events.json", boost::json::serialize(report.json(environment)) + "\n");
  return report.passed();
}

}  // namespace salesflow::bench
