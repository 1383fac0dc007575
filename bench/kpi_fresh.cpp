#include <fmt/format.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <functional>
#include <stdexcept>
#include <thread>

#include "bench/kpi_stage.hpp"
#include "bench/rivals.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace json = boost::json;

constexpr double mix_per_second = 80;
constexpr int requests_a_write = 50, mix_clients = 4;

/// A contestant that answers, and the database behind it.
struct Served {
  std::string name;
  const MeasuredServer& server;
  std::string database;
};

/// The screens by all users in turns, every fiftieth request a new event, at a fixed pace; hits of what is looked up.
json::object run_mix(const KpiStage& stage, const Served& served) {
  std::atomic<std::uint64_t> hits{0}, misses{0}, writes{0};
  PacedLoad load;
  for (int i = 0; i < mix_clients; ++i) {
    auto client = std::make_shared<HttpClient>(served.server.port());
    load.start(mix_per_second / mix_clients, [&, client, turn = i * 7]() mutable -> std::string {
      ++turn;
      const BenchUser& user = stage.users[static_cast<std::size_t>(turn) % stage.users.size()];
      try {
        if (turn % requests_a_write == 0) {
          const HttpAnswer written =
              client->send({"POST",
                            "/api/autopilot/message-event",
                            {bearer(user.token), {"Content-Type", "application/json"}},
                            R"({"channel":"email","direction":"inbound","text":"probe of the mix"})"});
          ++writes;
          return written.status < 300 ? std::string() : written.body;
        }
        const auto screen = static_cast<std::size_t>(turn) / stage.users.size() % std::size(kpis);
        const HttpAnswer answer = ask(*client, {"GET", kpis[screen].path, {bearer(user.token)}, ""});
        const std::string_view cache = answer.header("X-Cache");
        hits += cache == "hit" || cache == "stale" ? 1 : 0;
        misses += cache == "miss" || cache == "bypass" ? 1 : 0;
        return {};
      } catch (const std::exception& error) {
        return error.what();
      }
    });
  }
  const auto warm = milliseconds(500);  // every screen is seen once
  std::this_thread::sleep_for(warm);
  hits = misses = 0;
  const auto from = PacedLoad::Clock::now();
  std::this_thread::sleep_for(stage.times.mix);
  load.stop();
  if (const auto failures = load.describe_failures(); !failures.empty())
    throw std::runtime_error("mix: " + failures.front());
  json::object figures = to_json(load.summarize(from, PacedLoad::Clock::now()));
  const auto looked_up = hits + misses;
  figures["looked_up"] = looked_up;
  figures["hits"] = hits.load();
  figures["writes"] = writes.load();
  figures["hit_rate_percent"] = looked_up > 0 ? 100.0 * static_cast<double>(hits) / static_cast<double>(looked_up) : 0;
  return figures;
}

/// A write beside the service, as a job or another program does it, and where it has to be seen.
struct Change {
  const char* kpi;
  const char* path;
  /// Commits the n-th change of the user.
  std::function<void(cluster::SqlSession& session, const BenchUser& user, int n)> write;
  /// What the answer has to hold afterwards, or how much.
  std::function<bool(const std::string& body, const std::string& before, int n)> is_seen;
};

std::int64_t sessions_in(const std::string& body) {
  std::int64_t sum = 0;
  const json::value answer = json::parse(body);
  for (const json::value& day : answer.at("dashboard").as_array())
    sum += day.at("total_sessions").to_number<std::int64_t>();
  return sum;
}

std::vector<Change> changes(const std::string& run) {
  const auto mark = [run](int n) { return fmt::format("probe {} {}", run, n); };
  const auto holds_mark = [mark](const std::string& body, const std::string&, int n) {
    return body.find(mark(n)) != std::string::npos;
  };
  return {
      {"events", "/api/autopilot/message-events?status=sent&limit=50",
       [mark](cluster::SqlSession& session, const BenchUser& user, int n) {
         session
             .run(
                 "INSERT INTO message_events (id, user_id, channel, direction, normalized_text, autopilot_status, "
                 "created_at) "
                 "VALUES (gen_random_uuid(), $1, 'email', 'inbound', $2, 'sent', now())",
                 {user.id, mark(n)})
             .value();
       },
       holds_mark},
      {"dashboard", "/api/v2/collective-intelligence/analytics/dashboard?days=30",
       [](cluster::SqlSession& session, const BenchUser& user, int) {
         session
             .run(
                 "INSERT INTO rlhf_feedback_sessions (id, user_id, org_id, context_hash, input_type, input_context, "
                 "generated_response, generation_model, response_used, outcome, created_at) VALUES (gen_random_uuid(), "
                 "$1, $2, 'probe', 'follow_up', '{}', 'Guten Tag.', 'model', true, 'converted', now())",
                 {user.id, user.org_id})
             .value();
       },
       [](const std::string& body, const std::string& before, int) { return sessions_in(body) > sessions_in(before); }},
      {"inbox", "/api/idps/inbox?limit=50",
       [mark](cluster::SqlSession& session, const BenchUser& user, int n) {
         session
             .run(
                 "INSERT INTO dm_conversations (id, user_id, platform, platform_contact_handle, status, "
                 "priority_score, "
                 "current_sequence_phase, messages_sent, messages_received, overall_sentiment, last_message_at, "
                 "created_at, updated_at) VALUES (gen_random_uuid(), $1, 'email', $2, 'new', 100, 0, 0, 0, 'neutral', "
                 "now(), now(), now())",
                 {user.id, mark(n)})
             .value();
       },
       holds_mark},
      {"hot_leads", "/api/analytics/hot-leads?limit=20",
       [mark](cluster::SqlSession& session, const BenchUser& user, int n) {
         session
             .run(
                 "INSERT INTO leads (id, user_id, name, status, p_score, created_at, updated_at) VALUES "
                 "(gen_random_uuid(), $1, $2, 'new', 100, now(), now())",
                 {user.id, mark(n)})
             .value();
       },
       holds_mark}};
}

/// Reads until the change is seen or patience ends; the answers before that were stale.
json::object probe(const KpiStage& stage, const Served& served, const Change& change, const BenchUser& user) {
  auto session = stage.data.connect(served.database, Login::superuser);
  HttpClient client(served.server.port());
  const HttpCall read{"GET", change.path, {bearer(user.token)}, ""};
  std::uint64_t reads = 0, stale = 0;
  double longest_ms = 0;
  bool unseen = false;
  for (int n = 0; n < stage.times.fresh_rounds; ++n) {
    ask(client, read);
    const std::string before = ask(client, read).body;  // kept by now, where it is kept
    change.write(session, user, n);
    const auto committed = steady_clock::now();
    for (;;) {
      ++reads;
      const bool seen = change.is_seen(ask(client, read).body, before, n);
      const double age_ms = std::chrono::duration<double, std::milli>(steady_clock::now() - committed).count();
      if (seen)
        break;
      ++stale;
      longest_ms = std::max(longest_ms, age_ms);
      if (age_ms > static_cast<double>(stage.times.fresh_patience.count())) {
        unseen = true;
        break;
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
  return {{"reads", reads}, {"stale", stale}, {"longest_ms", longest_ms}, {"unseen_when_given_up", unseen}};
}

}  // namespace

void remove_probes(KpiStage& stage) {
  for (const std::string& database : {stage.databases.ours, stage.databases.before, stage.databases.strategy})
    stage.data.connect(database, Login::superuser)
        .run(
            "DELETE FROM message_events WHERE normalized_text LIKE 'probe %';"
            "DELETE FROM rlhf_feedback_sessions WHERE context_hash = 'probe';"
            "DELETE FROM dm_conversations WHERE platform_contact_handle LIKE 'probe %';"
            "DELETE FROM leads WHERE name LIKE 'probe %';"
            "CREATE SCHEMA IF NOT EXISTS kpi;"
            "CREATE TABLE IF NOT EXISTS kpi.scores AS SELECT id, p_score, p_score_trend, last_scored_at FROM leads;"
            "UPDATE leads AS l SET p_score = k.p_score, p_score_trend = k.p_score_trend, last_scored_at = "
            "k.last_scored_at FROM kpi.scores AS k WHERE k.id = l.id AND l.last_scored_at IS DISTINCT FROM "
            "k.last_scored_at")
        .value();
}

void measure_freshness(KpiStage& stage) {
  stage.progress.step("kept answers: hits and age", stage.times.mix * 2);
  const auto before = start_before(stage.data.url(stage.databases.before, Login::owner), stage.key);
  const auto strategy =
      start_strategy(stage.data.url(stage.databases.strategy, Login::owner), stage.key, stage.redis.url(), true);
  const auto ours = stage.start_ours(true, "kpi-salesflow-fresh");
  before->await_ready();
  strategy->await_ready();
  const Served contestants[] = {{"before", *before, stage.databases.before},
                                {"strategy", *strategy, stage.databases.strategy},
                                {"salesflow", *ours, stage.databases.ours}};
  json::object hits, stale;
  const std::string run = fmt::format("{:x}", std::chrono::system_clock::now().time_since_epoch().count() / 1'000'000);
  for (const Served& one : contestants) {
    if (one.name != "before")
      hits[one.name] = run_mix(stage, one);
    json::object seen;
    for (const Change& change : changes(run))
      seen[change.kpi] = probe(stage, one, change, stage.users.back());
    stale[one.name] = std::move(seen);
  }
  stage.result["cache_mix"] = std::move(hits);
  stage.result["stale_answers"] = std::move(stale);
}

}  // namespace salesflow::bench
