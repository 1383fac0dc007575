#include "bench/screens.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"
#include "bench/load.hpp"
#include "bench/tool.hpp"
#include "bench/traced_statements.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int users_count = 5, rows_min = 51;
constexpr std::size_t contestants = 3;  // a screen at its peak, pgbench, the screen at half of its peak
constexpr auto score_patience = std::chrono::minutes(10);

struct Screen {
  const char* name;
  const char* path;  // {contact}: a contact of the user with notes
  double p95_ms_max;
  bool is_list = true;  // held against pgbench
  const char* method = "GET";
};

constexpr Screen screens[] = {
    {"q1_events", "/api/autopilot/message-events?limit=50", 5},
    {"q2_pending", "/api/autopilot/message-events/pending?limit=25", 5},
    {"q5_inbox", "/api/idps/inbox?limit=25", 5},
    {"q6_contacts", "/api/contacts?per_page=25", 5},
    {"q6_contacts_search", "/api/contacts?search=gruber&per_page=25", 5},
    {"q7_deals", "/api/deals?per_page=25", 5},
    {"q8_notes", "/api/crm/notes?contact_id={contact}&limit=50", 5},
    {"q9_hot_leads", "/api/leads?sort_by=p_score&limit=25", 5},
    {"q10_verifications", "/api/leads/verifications?limit=25", 5},
    {"leads", "/api/leads?limit=50", 5},
    {"board", "/api/deals/pipeline?per_stage=50", 15, false},
    {"recalc_100", "/api/analytics/p-scores/recalc?limit=100", 30, false, "POST"},
};

struct Stage {
  Dataset& data;
  std::string database;
  const TokenKey& key;
  std::vector<BenchUser> users;
  std::vector<std::string> contacts;  // one a user
  RoundPlan plan;
  Progress& progress;
  Report& report;

  /// The screen as each of the users asks for it.
  HttpMix mix(const Screen& screen) const {
    HttpMix mix{screen.name, {}, {}};
    for (std::size_t i = 0; i < users.size(); ++i) {
      mix.calls.push_back(call(screen, i));
      mix.weights.push_back(users[i].weight);
    }
    return mix;
  }

  HttpCall call(const Screen& screen, std::size_t user) const {
    std::string path = screen.path;
    if (const auto at = path.find("{contact}"); at != std::string::npos)
      path.replace(at, 9, contacts[user]);
    return {screen.method, std::move(path), {bearer(users[user].token)}, ""};
  }
};

generator::Options options_of(double scale) {
  generator::Options options;
  options.skew = 1.2;
  options.sizes.events = std::llround(1'000'000 * scale);
  options.sizes.leads = options.sizes.contacts = options.sizes.deals = options.sizes.notes =
      options.sizes.conversations = std::llround(200'000 * scale);
  options.sizes.feedback_sessions = std::llround(50'000 * scale);
  return options;
}

/// A contact of each user with the most notes; users without one are left out.
std::vector<std::string> choose_contacts(Dataset& data, const std::string& database, std::vector<BenchUser>& users) {
  auto session = data.connect(database, Login::superuser);
  std::vector<std::string> contacts;
  std::erase_if(users, [&](const BenchUser& user) {
    const auto found = session
                           .run(
                               "SELECT contact_id FROM crm_notes WHERE user_id = $1 AND contact_id IS NOT NULL "
                               "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
                               {user.id})
                           .value();
    if (!found.empty())
      contacts.push_back(found.value());
    return found.empty();
  });
  return contacts;
}

/// pgbench with what the service sends for this screen.
Contestant same_statements(const Stage& stage, const Screen& screen, const MeasuredServer& server) {
  std::vector<PgbenchScript> scripts;
  std::vector<std::string> variables;
  HttpClient client(server.port());
  for (std::size_t i = 0; i < stage.users.size(); ++i) {
    const auto statements = trace_statements(stage.data, stage.database, [&] { ask(client, stage.call(screen, i)); });
    const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/{}_{}.sql", screen.name, i));
    write_text(file, to_pgbench(statements, fmt::format("u{}", i), variables));
    scripts.push_back({file, stage.users[i].weight});
  }
  const std::string url = stage.data.url(stage.database, Login::app);
  const CpuAccount account{-1, stage.data.pid()};
  return {"pgbench", [=](milliseconds duration) { return run_pgbench(url, scripts, variables, duration, account); }};
}

void measure_screen(Stage& stage, const Screen& screen, const MeasuredServer& server) {
  const auto peak = std::make_shared<double>(0);
  const HttpMix mix = stage.mix(screen);
  std::vector<Contestant> turns{at_peak("salesflow", mix, server, stage.data.pid(), peak),
                                at_half("salesflow-half", mix, server, peak)};
  if (screen.is_list)
    turns.push_back(same_statements(stage, screen, server));
  const auto all = run_in_turns(screen.name, turns, stage.plan, stage.progress);
  const Series& ours = find_series(all, "salesflow");
  const Series& half = find_series(all, "salesflow-half");
  stage.report.check(fmt::format("{}_p95", screen.name), median_of(half, &Sample::latency_p95_ms), "ms", Op::at_most,
                     screen.p95_ms_max,
                     {fmt::format("{}/s, p50 {:.2f} ms", format_number(median_of(half, &Sample::per_second), 0),
                                  median_of(half, &Sample::latency_p50_ms)),
                      fmt::format("peak {}", speed_cell(ours))});
  if (screen.is_list) {
    const Series& pgbench = find_series(all, "pgbench");
    stage.report.check(fmt::format("{}_vs_pgbench", screen.name), median_ratio(ours, pgbench, &Sample::per_second),
                       "ratio", Op::at_least, 0.80, {speed_cell(ours), "pgbench " + speed_cell(pgbench)});
  }
  stage.report.rounds(screen.name, all);
}

/// All leads of the busiest user, and then some, scored anew by the verb.
void measure_rescore(Stage& stage) {
  auto session = stage.data.connect(stage.database, Login::superuser);
  const auto leads = session.run("SELECT count(*) FROM leads").value().integer();
  stage.progress.step("scoring every lead anew");
  const auto began = std::chrono::steady_clock::now();
  run_tool({.arguments = {salesflow_program(), "score", "--all"},
            .environment = {"SALESFLOW_WORKER_DATABASE_URL=" + stage.data.url(stage.database, Login::worker),
                            "DATABASE_URL=" + stage.data.url(stage.database, Login::app)},
            .timeout = score_patience});
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  stage.report.check("rescore_100k_leads", took * 100'000 / static_cast<double>(leads), "s", Op::at_most, 20,
                     {fmt::format("{:.1f} s for {} leads", took, format_number(static_cast<double>(leads), 0)), ""});
}

}  // namespace

std::vector<std::string> screens_parts() {
  std::vector<std::string> parts;
  for (const Screen& screen : screens)
    parts.emplace_back(screen.name);
  parts.emplace_back("rescore");
  return parts;
}

void bench_screens(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const RoundPlan plan = options.quick ? RoundPlan{2, milliseconds(1'000), milliseconds(0)}
                                       : RoundPlan{6, milliseconds(2'000), milliseconds(1'000)};
  const auto wanted =
      std::count_if(std::begin(screens), std::end(screens), [&](const Screen& screen) { return wants(screen.name); });
  Progress progress("screens", (plan.rounds * plan.duration + plan.warm_up) * static_cast<int>(contestants) * wanted);
  progress.step("starting PostgreSQL");
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  const generator::Options content = options_of((options.quick ? 0.1 : 1) * options.scale);
  const std::string database = fmt::format("screens_{}", content.sizes.events);
  data.prepare(database, content, progress);
  const TokenKey key = TokenKey::random();
  Stage stage{data, database, key,      choose_users(data, database, key, list_status, rows_min, users_count),
              {},   plan,     progress, report};
  stage.contacts = choose_contacts(data, database, stage.users);
  {
    // Generated conversations hold many due sequences; sending them would be another load.
    const auto server = start_service(data, database, key, {.environment = {"SALESFLOW_PROCESS_SEQUENCES=false"}});
    for (const Screen& screen : screens) {
      if (wants(screen.name))
        measure_screen(stage, screen, *server);
    }
  }
  if (wants("rescore"))
    measure_rescore(stage);
  std::string users;
  for (const BenchUser& user : stage.users)
    users += fmt::format("{}{} events ({} %)", users.empty() ? "" : ", ", user.events, user.weight);
  report.note("Users asked for, by share: " + users + ".");
  report.note(fmt::format(
      "p95: {} connections at a fixed pace, evenly spread, counted from when a request was due, {} rounds in turns.",
      paced_clients, plan.rounds));
}

}  // namespace salesflow::bench
