#include "bench/migrate.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "bench/contract_indexes.hpp"
#include "bench/events_stage.hpp"
#include "bench/paced_load.hpp"
#include "bench/soak_ledger.hpp"
#include "bench/tool.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = PacedLoad::Clock;

constexpr std::int64_t events_full = 1'000'000, events_quick = 100'000;
constexpr const char* database = "events_migrate";
constexpr int users_count = 8, users_used = 3;  // the smaller ones: without our indexes the big ones take seconds
constexpr int readers = 6, writers = 2;
constexpr double reads_per_s = 20, writes_per_s = 30, old_writes_per_s = 20;  // 200 in all, with one old service
constexpr double stall_ms_max = 2'000;
constexpr auto quiet_time = seconds(3);
constexpr auto verb_patience = std::chrono::minutes(30);

/// What the old service brings along: its indexes, its role, its permissive policy.
void adopt(Dataset& data) {
  auto superuser = data.connect(database, Login::superuser);
  for (const std::string_view index : contract_indexes)
    superuser.run(std::string(index)).value();
  superuser
      .run(
          "DO $$ BEGIN IF to_regrole('authenticated') IS NULL THEN CREATE ROLE authenticated NOLOGIN; END IF; END $$;"
          "GRANT USAGE ON SCHEMA public TO authenticated;"
          "GRANT SELECT, INSERT, UPDATE ON message_events TO authenticated;"
          "CREATE POLICY allow_all ON message_events TO authenticated USING (true) WITH CHECK (true)")
      .value();
  superuser.run("ANALYZE message_events").value();
}

/// A writer as the product that exists has it: role authenticated, its own columns, ids by default.
class OldService {
 public:
  OldService(Dataset& data, std::string user_id, std::string prefix, SoakLedger& ledger)
      : session_(data.connect(database, Login::superuser)),
        user_id_(std::move(user_id)),
        prefix_(std::move(prefix)),
        ledger_(ledger) {
    session_.run("SET ROLE authenticated").value();
  }

  std::string write_once() {
    const std::string marker = fmt::format("{} {}", prefix_, ++number_);
    auto stored = session_.run(
        "INSERT INTO message_events (user_id, channel, direction, normalized_text, raw_payload) "
        "VALUES ($1, 'whatsapp', 'inbound', $2, '{}') RETURNING autopilot_status",
        {user_id_, marker});
    ledger_.record_create(marker, stored ? Promise::stored : Promise::uncertain);
    return stored ? std::string() : "old service: " + stored.error().public_detail;
  }

 private:
  cluster::SqlSession session_;
  std::string user_id_, prefix_;
  SoakLedger& ledger_;
  std::uint64_t number_ = 0;
};

class ApiClient {
 public:
  ApiClient(int port, std::string token, std::string prefix, SoakLedger& ledger)
      : http_(port, seconds(30)), token_(std::move(token)), prefix_(std::move(prefix)), ledger_(ledger) {}

  std::string write_once() {
    const std::string marker = fmt::format("{} {}", prefix_, ++number_);
    const std::string failure = ask({"POST",
                                     create_path,
                                     {bearer(token_), {"Content-Type", "application/json"}},
                                     boost::json::serialize(boost::json::object{
                                         {"channel", "internal"}, {"direction", "inbound"}, {"text", marker}})});
    ledger_.record_create(marker, failure.empty() ? Promise::stored : Promise::uncertain);
    return failure;
  }
  std::string read_once() {
    return ask({.path = ++number_ % 2 == 0 ? fmt::format("{}?limit=50", list_path)
                                           : fmt::format("{}/pending?limit=20", list_path),
                .headers = {bearer(token_)},
                .body = {}});
  }

 private:
  std::string ask(const HttpCall& call) {
    try {
      const HttpAnswer answer = http_.send(call);
      return answer.status == 200 ? std::string()
                                  : fmt::format("{} {}: {} {}", call.method, call.path, answer.status, answer.body);
    } catch (const HttpFailure& failure) {
      return fmt::format("{} {}: {}", call.method, call.path, failure.what());
    }
  }

  HttpClient http_;
  std::string token_, prefix_;
  SoakLedger& ledger_;
  std::uint64_t number_ = 0;
};

void run_verb(Dataset& data, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), salesflow_program());
  run_tool({.arguments = std::move(arguments),
            .environment = {"MIGRATION_DATABASE_URL=" + data.url(database, Login::owner)},
            .timeout = verb_patience});
}

std::vector<SoakLedger::StoredEvent> read_stored(Dataset& data, const std::string& run) {
  const auto found = data.connect(database, Login::superuser)
                         .run(
                             "SELECT normalized_text, autopilot_status FROM message_events "
                             "WHERE normalized_text LIKE $1",
                             {run + " %"})
                         .value();
  std::vector<SoakLedger::StoredEvent> stored;
  for (std::size_t row = 0; row < found.rows.size(); ++row)
    stored.push_back({found.value(row, 0), found.value(row, 1)});
  return stored;
}

struct Step {
  const char* name;
  std::vector<std::string> arguments;  // empty: nothing happens for a while
};

}  // namespace

std::vector<std::string> migrate_parts() {
  return {};
}

void bench_migrate(const BenchOptions& options, Report& report) {
  const auto events = std::llround(static_cast<double>(options.quick ? events_quick : events_full) * options.scale);
  const std::vector<Step> steps{{"before", {}},
                                {"up", {"migrate", "up"}},
                                {"down", {"migrate", "down", "--to", "base", "--yes"}},
                                {"up_again", {"migrate", "up"}},
                                {"partition_convert", {"partition", "convert", "message_events"}},
                                {"partition_revert", {"partition", "revert", "message_events"}},
                                {"after", {}}};
  Progress progress("migrate", std::chrono::seconds(10) * steps.size());
  Dataset data(std::filesystem::absolute(".salesflow/migrate"), {.autovacuum = true});
  data.copy(data.prepare(events, progress), database);
  progress.step("taking the phases back, adding what an old service has");
  run_verb(data, {"migrate", "down", "--to", "base", "--yes"});
  adopt(data);
  const TokenKey key = TokenKey::random();
  std::vector<BenchUser> users = choose_users(data, database, key, list_status, 1, users_count);
  users.erase(users.begin(), users.end() - std::min<std::ptrdiff_t>(users_used, std::ssize(users)));
  const auto service = start_service(data, database, key, {.name = "salesflow-migrate", .environment = {}});

  SoakLedger ledger;
  const std::string run = "migrate " + random_hex(6);
  std::vector<std::unique_ptr<ApiClient>> clients;
  OldService old_service(data, users.front().id, run + " old", ledger);
  PacedLoad load;  // ends before those it calls
  for (int i = 0; i < readers + writers; ++i) {
    const BenchUser& user = users[static_cast<std::size_t>(i) % users.size()];
    clients.push_back(std::make_unique<ApiClient>(service->port(), user.token, fmt::format("{} {}", run, i), ledger));
    ApiClient& client = *clients.back();
    if (i < readers) {
      load.start(reads_per_s, [&client] { return client.read_once(); });
    } else {
      load.start(writes_per_s, [&client] { return client.write_once(); });
    }
  }
  load.start(old_writes_per_s, [&old_service] { return old_service.write_once(); });

  for (const Step& step : steps) {
    progress.step(step.name, seconds(10));
    const auto from = Clock::now();
    if (step.arguments.empty()) {
      std::this_thread::sleep_for(quiet_time);
    } else {
      run_verb(data, step.arguments);
    }
    const auto to = Clock::now();
    std::this_thread::sleep_for(seconds(1));  // what was held up at the end has its answer now
    const PaceSummary summary = load.summarize(from, to);
    report.inform(fmt::format("p95_{}", step.name), summary.p95_ms, "ms",
                  {fmt::format("{:.1f} s, {} requests, p50 {:.1f} ms", std::chrono::duration<double>(to - from).count(),
                               summary.requests, summary.p50_ms),
                   fmt::format("longest {:.0f} ms", summary.longest_ms)});
  }
  load.stop();
  const PaceSummary whole = load.summarize({}, Clock::time_point::max());
  const SoakLedger::Verdict verdict = ledger.judge(read_stored(data, run));
  report.check("failed_requests", static_cast<double>(whole.failed), "", Op::at_most, 0,
               {fmt::format("of {}", format_number(static_cast<double>(whole.requests))), ""});
  report.check("lost_writes", static_cast<double>(verdict.lost), "", Op::at_most, 0,
               {fmt::format("of {}", verdict.acknowledged), "acknowledged, not stored"});
  report.check("doubled_writes", static_cast<double>(verdict.doubled + verdict.unknown), "", Op::at_most, 0,
               {fmt::format("of {}", verdict.acknowledged), "stored twice, or never asked for"});
  report.check("longest_stall", whole.longest_ms, "ms", Op::at_most, stall_ms_max, {"of all requests", ""});
  for (const std::string& line : load.describe_failures())
    report.note(line);
  for (const std::string& line : verdict.examples)
    report.note(line);
  report.note(
      fmt::format("{} events; {} requests a second: {} readers and {} writers over HTTP, one old service as role "
                  "authenticated; latency counts from when a request was due.",
                  format_number(static_cast<double>(events)),
                  readers * reads_per_s + writers * writes_per_s + old_writes_per_s, readers, writers));
}

}  // namespace salesflow::bench
