#include "bench/analytics.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include "bench/analytics_data.hpp"
#include "bench/events_stage.hpp"
#include "bench/figure_checks.hpp"
#include "bench/http_contestants.hpp"
#include "bench/load.hpp"
#include "bench/rivals.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* dashboard_path = "/api/v2/collective-intelligence/analytics/dashboard";
constexpr double dashboard_p95_ms_max = 3, two_years_ms_max = 15, templates_ms_max = 5, hot_leads_ms_max = 2,
                 badges_ms_max = 1, strategy_ratio_max = 1.2, screen_ratio_max = 1.3, single_ratio_min = 0.85,
                 copy_ratio_min = 0.75;
/// Requests a second of one kind: what 2,500 people ask who look at it every five seconds.
constexpr double usual_pace = 500;

struct Stage {
  Dataset& data;
  std::string database;
  const TokenKey& key;
  RoundPlan plan;
  Progress& progress;
  Report& report;
  bool quick;

  HttpMix mix(std::string name, std::string path, std::string method = "GET", std::string body = "") const {
    HttpCall call{
        std::move(method), std::move(path), {bearer(key.sign(analytics_user, analytics_org))}, std::move(body)};
    if (call.method != "GET")
      call.headers.emplace_back("Content-Type", "application/json");
    return {std::move(name), {std::move(call)}, {1}};
  }
};

/// p95 of what is asked at the usual pace, which is checked, and at half of its peak.
void check_latency(Stage& stage, const std::string& name, const std::vector<Series>& all, double ms_max) {
  const auto cell = [](const Series& series) {
    return fmt::format("{}/s, p50 {:.2f} ms", format_number(median_of(series, &Sample::per_second), 0),
                       median_of(series, &Sample::latency_p50_ms));
  };
  const Series &usual = find_series(all, "salesflow-usual"), &half = find_series(all, "salesflow-half");
  stage.report.check(name + "_p95", median_of(usual, &Sample::latency_p95_ms), "ms", Op::at_most, ms_max,
                     {cell(usual), "peak " + speed_cell(find_series(all, "salesflow"))});
  stage.report.inform(name + "_p95_at_half_of_peak", median_of(half, &Sample::latency_p95_ms), "ms", {cell(half), ""});
}

/// A path as fast as it goes, at half of that, and at the usual pace.
void measure_path(Stage& stage, const MeasuredServer& server, const char* name, const std::string& path,
                  double ms_max) {
  const auto peak = std::make_shared<double>(0);
  const HttpMix mix = stage.mix(name, path);
  const auto all = run_in_turns(
      name,
      {at_peak("salesflow", mix, server, stage.data.pid(), peak), at_half("salesflow-half", mix, server, peak),
       at_pace("salesflow-usual", mix, server, peak, usual_pace)},
      stage.plan, stage.progress);
  check_latency(stage, name, all, ms_max);
  stage.report.rounds(name, all);
}

/// Thirty days of the largest organisation in Vienna, against the strategy's own view with the same HTTP around it, and
/// against counting every row.
void measure_dashboard(Stage& stage, const MeasuredServer& server, const MeasuredServer& raw_server) {
  const auto peak = std::make_shared<double>(0), strategy_peak = std::make_shared<double>(0),
             raw_peak = std::make_shared<double>(0);
  const std::string path = std::string(dashboard_path) + "?days=30&tz=Europe/Vienna";
  const HttpMix ours = stage.mix("dashboard", path), raw = stage.mix("dashboard_raw", path),
                strategy = stage.mix("dashboard_strategy", "/bench/strategy-dashboard");
  const pid_t database = stage.data.pid();
  const auto fastapi = start_fastapi_tuned(stage.data.url(stage.database, Login::app), stage.key);
  fastapi->await_ready();
  const auto fastapi_peak = std::make_shared<double>(0), python_peak = std::make_shared<double>(0);
  const HttpMix from_view = stage.mix("dashboard_fastapi", std::string(dashboard_path) + "?source=view"),
                in_python = stage.mix("dashboard_python", std::string(dashboard_path) + "?source=rows");
  const auto all = run_in_turns(
      "dashboard",
      {at_peak("salesflow", ours, server, database, peak),
       at_peak("fastapi", from_view, *fastapi, database, fastapi_peak),
       at_peak("python", in_python, *fastapi, database, python_peak),
       at_peak("strategy", strategy, server, database, strategy_peak), at_half("salesflow-half", ours, server, peak),
       at_pace("salesflow-usual", ours, server, peak, usual_pace), at_peak("raw", raw, raw_server, database, raw_peak)},
      stage.plan, stage.progress);
  const Series &live = find_series(all, "salesflow"), &view = find_series(all, "strategy"),
               &counted = find_series(all, "raw");
  check_latency(stage, "dashboard_30_days", all, dashboard_p95_ms_max);
  const auto cost = [](const Series& series) {
    return fmt::format("{}, PostgreSQL {:.0f} us", speed_cell(series), median_of(series, &Sample::database_cpu_us));
  };
  stage.report.check("dashboard_vs_strategy_view", median_ratio(view, live, &Sample::per_second), "times its cost",
                     Op::at_most, strategy_ratio_max, {cost(live), "strategy's view " + cost(view)});
  stage.report.inform("dashboard_vs_raw", median_ratio(live, counted, &Sample::per_second), "times faster",
                      {speed_cell(live), "every row counted " + speed_cell(counted)});
  for (const auto& [check, rival, what] :
       {std::tuple("dashboard_vs_fastapi", "fastapi", "the strategy's view read by FastAPI "),
        std::tuple("dashboard_vs_python", "python", "sessions added up in Python ")})
    stage.report.inform(check, median_ratio(live, find_series(all, rival), &Sample::per_second), "times faster",
                        {speed_cell(live), what + speed_cell(find_series(all, rival))});
  stage.report.rounds("dashboard", all);
}

/// A screen of eight parts against its longest part.
void measure_screen(Stage& stage, const MeasuredServer& server) {
  const std::vector<std::string> parts{std::string(dashboard_path) + "?days=30&tz=Europe/Vienna",
                                       "/api/deals/pipeline",
                                       "/api/leads?limit=25",
                                       "/api/idps/inbox?limit=25",
                                       "/api/autopilot/message-events?limit=25",
                                       "/api/contacts?per_page=25",
                                       "/api/auth/me",
                                       "/api/autopilot/stats"};
  std::string body = R"({"parts":[)";
  for (const auto& part : parts)
    body += fmt::format("{}{{\"path\":\"{}\"}}", body.back() == '[' ? "" : ",", part);
  body += "]}";
  const auto peak = std::make_shared<double>(0);
  std::vector<Contestant> turns;
  const HttpMix screen = stage.mix("screen", "/api/screen", "POST", body);
  HttpClient client(server.port());
  if (const auto answer = client.send(screen.calls[0]); answer.status != 200) {
    stage.report.note(fmt::format("POST /api/screen answers {}: not measured.", answer.status));
    return;
  }
  // One at a time: what one person waits for.
  const auto one_by_one = [&](std::string name, HttpCall call) {
    return Contestant{std::move(name), [call = std::move(call), port = server.port()](milliseconds duration) {
                        HttpClient own(port);
                        std::vector<double> ms;
                        const auto until = steady_clock::now() + duration;
                        while (steady_clock::now() < until) {
                          const auto began = steady_clock::now();
                          ask(own, call);
                          ms.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
                        }
                        std::sort(ms.begin(), ms.end());
                        Sample sample;
                        sample.requests = ms.size();
                        sample.per_second =
                            static_cast<double>(ms.size()) / std::chrono::duration<double>(duration).count();
                        sample.latency_p50_ms = ms[ms.size() / 2];
                        sample.latency_p95_ms = ms[ms.size() * 95 / 100];
                        return sample;
                      }};
  };
  turns.push_back(one_by_one("screen", screen.calls[0]));
  for (const auto& part : parts) {
    const HttpMix mix = stage.mix("part", part);
    if (client.send(mix.calls[0]).status == 200)
      turns.push_back(one_by_one(part, mix.calls[0]));
  }
  const auto all = run_in_turns("screen", turns, stage.plan, stage.progress);
  const Series* longest = nullptr;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (!longest || median_of(all[i], &Sample::latency_p50_ms) > median_of(*longest, &Sample::latency_p50_ms))
      longest = &all[i];
  }
  const double whole = median_of(all[0], &Sample::latency_p50_ms), part = median_of(*longest, &Sample::latency_p50_ms);
  stage.report.check("screen_vs_longest_part", whole / part, "times", Op::at_most, screen_ratio_max,
                     {fmt::format("8 parts {:.2f} ms", whole), fmt::format("{} {:.2f} ms", longest->name, part)});
  stage.report.rounds("screen", all);
}

/// What kept figures cost a writer of `table`: a copy with all triggers against one without those that keep figures.
void measure_writes(Stage& stage, const char* table, const std::string& script_sql, const std::string& copy_columns,
                    const std::string& copy_rows) {
  struct Variant {
    const char* name;
    const char* disabled;  // triggers of this pattern are off
  };
  const Variant variants[] = {{"derived", "^$"}, {"outbox", "invalidations"}, {"bare", "invalidations|outbox"}};
  const auto script = std::filesystem::absolute(fmt::format("build/bench/plans/insert_{}.sql", table));
  write_text(script, script_sql);
  std::vector<Contestant> singles, copies;
  const auto count = stage.quick ? 20'000 : 1'000'000;
  for (const auto& variant : variants) {
    const std::string database = fmt::format("analytics_writes_{}", variant.name);
    stage.progress.step("copying the data: " + database);
    stage.data.copy(stage.database, database);
    auto superuser = stage.data.connect(database, Login::superuser);
    superuser
        .run(fmt::format("DO $$ DECLARE v_name text; BEGIN FOR v_name IN SELECT tgname FROM pg_trigger WHERE tgrelid = "
                         "'{0}'::regclass AND NOT tgisinternal AND tgname ~ '{1}' LOOP EXECUTE format('ALTER TABLE {0} "
                         "DISABLE TRIGGER %I', v_name); END LOOP; END $$",
                         table, variant.disabled))
        .value();
    const std::string url = stage.data.url(database, Login::owner);
    const pid_t pid = stage.data.pid();
    singles.push_back({variant.name, [=](milliseconds duration) {
                         return run_pgbench(url, {{script, 1}}, {}, duration, {-1, pid}, 4);
                       }});
    copies.push_back(
        {variant.name, [=, &stage](milliseconds) {
           auto session = stage.data.connect(database, Login::superuser);
           const std::string file =
               session.run("SELECT current_setting('data_directory') || '/analytics.copy'").value().value();
           session.run(fmt::format("COPY ({}) TO '{}'", copy_rows, file)).value();
           const auto began = steady_clock::now();
           session.run(fmt::format("COPY {} ({}) FROM '{}'", table, copy_columns, file)).value();
           const double took = std::chrono::duration<double>(steady_clock::now() - began).count();
           Sample sample;
           sample.requests = static_cast<std::uint64_t>(count);
           sample.per_second = count / took;
           session.run("VACUUM " + std::string(table)).value();
           return sample;
         }});
  }
  stage.data.set_synchronous_commit(false);
  const auto check = [&](const char* what, const std::vector<Series>& all, double target, const char* unit) {
    const Series &derived = find_series(all, "derived"), &outbox = find_series(all, "outbox"),
                 &bare = find_series(all, "bare");
    stage.report.check(fmt::format("{}_{}_with_figures", table, what),
                       median_ratio(derived, outbox, &Sample::per_second), "ratio", Op::at_least, target,
                       {format_number(median_of(derived, &Sample::per_second), 0) + unit,
                        "without figures " + format_number(median_of(outbox, &Sample::per_second), 0) + unit});
    stage.report.inform(fmt::format("{}_{}_with_figures_and_outbox", table, what),
                        median_ratio(derived, bare, &Sample::per_second), "ratio",
                        {"", "without both " + format_number(median_of(bare, &Sample::per_second), 0) + unit});
    stage.report.rounds(fmt::format("{}_{}", table, what), all);
  };
  const auto single = run_in_turns(fmt::format("{} single", table), singles, stage.plan, stage.progress);
  check("single", single, single_ratio_min, "/s");
  const auto cpu = [&](const char* name) { return median_of(find_series(single, name), &Sample::database_cpu_us); };
  stage.report.inform(fmt::format("{}_cpu_of_figures", table), cpu("derived") - cpu("outbox"), "us a row",
                      {fmt::format("all {:.0f} us", cpu("derived")),
                       fmt::format("outbox {:.0f} us, bare {:.0f} us", cpu("outbox") - cpu("bare"), cpu("bare"))});
  check("copy",
        run_in_turns(fmt::format("{} copy", table), copies, {stage.quick ? 1 : 2, milliseconds(0), milliseconds(0)},
                     stage.progress),
        copy_ratio_min, " rows/s");
  stage.data.set_synchronous_commit(true);
  for (const auto& variant : variants)
    stage.data.drop(fmt::format("analytics_writes_{}", variant.name));
}

/// What `salesflow rollup status` prints; it fails when it has an alarm.
std::string status_of_figures(const std::string& worker_url) {
  try {
    return run_tool({.arguments = {salesflow_program(), "rollup", "status"},
                     .environment = {"SALESFLOW_WORKER_DATABASE_URL=" + worker_url}});
  } catch (const std::runtime_error& failed) {
    return failed.what();
  }
}

/// Nobody refreshes while sessions are written, a hundred a second: answers stay what they should be, and cost more;
/// then all is caught up.
void measure_dead_folder(Stage& stage) {
  const std::string database = "analytics_dead";
  stage.data.copy(stage.database, database);
  const auto service = start_service(stage.data, database, stage.key,
                                     {.name = "salesflow-dead", .environment = {"SALESFLOW_WORKER_DATABASE_URL="}});
  const auto script = std::filesystem::absolute("build/bench/plans/insert_dead.sql");
  write_text(script,
             "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
             "generated_response, generation_model, outcome) SELECT p.user_id, p.org_id, 'h', 'follow_up', '{}', 'r', "
             "'m', 'converted' FROM (SELECT random() * 0.999999 AS share OFFSET 0) AS r CROSS JOIN LATERAL (SELECT "
             "a.user_id, a.org_id FROM analytics_people AS a WHERE a.upper >= r.share ORDER BY a.upper LIMIT 1) AS "
             "p;\n\\sleep 20 ms\n");
  const auto duration = stage.quick ? milliseconds(5'000) : milliseconds(600'000);
  stage.progress.step("nobody refreshes", duration);
  const Sample written =
      run_pgbench(stage.data.url(database, Login::superuser), {{script, 1}}, {}, duration, {-1, stage.data.pid()}, 2);
  const HttpMix mix = stage.mix("dead", std::string(dashboard_path) + "?days=30&tz=Europe/Vienna");
  HttpClient client(service->port(), milliseconds(30'000));
  const auto time_of = [&] {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      const auto began = steady_clock::now();
      ask(client, mix.calls[0]);
      best = std::min(best, std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
    }
    return best;
  };
  const double stale_ms = time_of();
  FigureChecker checker(stage.data.url(database, Login::app));
  std::mt19937 random(1);
  const FigureTenant tenant{Uuid::parse(analytics_user).value(), Uuid::parse(analytics_org).value()};
  const auto found = checker.check_snapshot(tenant, random, 100);
  const std::string status = status_of_figures(stage.data.url(database, Login::worker));
  auto worker = stage.data.connect(database, Login::worker);
  const auto entries =
      worker.run("SELECT coalesce(sum(entries), 0) FROM salesflow.list_invalidations(100000000)").value().integer();
  const auto began = steady_clock::now();
  while (worker.run("SELECT salesflow.refresh_summaries(20000)").value().integer() > 0) {
  }
  const double recovery_s = std::chrono::duration<double>(steady_clock::now() - began).count();
  stage.report.check("dead_folder_wrong", static_cast<double>(found.wrong.size()), "", Op::at_most, 0,
                     {fmt::format("of {}", found.checks), "live figures against recounts, nobody refreshes"});
  stage.report.inform("dead_folder_dashboard", stale_ms, "ms",
                      {fmt::format("{} sessions wait", format_number(static_cast<double>(entries), 0)),
                       fmt::format("{:.2f} ms afterwards", time_of())});
  stage.report.inform("dead_folder_alarms", status.find("ALARM") == std::string::npos ? 0 : 1, "",
                      {"salesflow rollup status", "from 10,000 entries on"});
  stage.report.inform(
      "dead_folder_recovery", recovery_s, "s",
      {fmt::format(
           "{} of writes at {}/s", fmt::format("{:.0f} s", static_cast<double>(duration.count()) / 1000),
           format_number(static_cast<double>(written.requests) / (static_cast<double>(duration.count()) / 1000), 0)),
       ""});
}

}  // namespace

std::vector<std::string> analytics_parts() {
  return {"dashboard", "two_years", "templates", "hot_leads", "badges", "screen", "writes", "dead_folder"};
}

void bench_analytics(const BenchOptions& options, Report& report) {
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  const RoundPlan plan = options.quick ? RoundPlan{1, milliseconds(800), milliseconds(0)}
                                       : RoundPlan{6, milliseconds(2'000), milliseconds(1'000)};
  Progress progress("analytics", (plan.rounds * plan.duration + plan.warm_up) * 30);
  Dataset data(std::filesystem::absolute(".salesflow/bench"));
  AnalyticsSizes sizes;
  const double factor = (options.quick ? 0.05 : 1) * options.scale;
  for (auto* size : {&sizes.sessions, &sizes.events})
    *size = std::llround(static_cast<double>(*size) * factor);
  // More of these than asked for would only take time.
  for (auto* size : {&sizes.leads, &sizes.conversations})
    *size = std::llround(static_cast<double>(*size) * std::min(factor, 1.0));
  const std::string database = fmt::format("analytics_{}", sizes.sessions);
  prepare_analytics(data, database, sizes, progress);
  const TokenKey key = TokenKey::random();
  Stage stage{data, database, key, plan, progress, report, options.quick};
  {
    const std::vector<std::string> settings{"SALESFLOW_PROCESS_SEQUENCES=false", "SALESFLOW_HTTP_BENCH_ROUTES=true"};
    const auto server = start_service(data, database, key, {.environment = settings});
    if (wants("dashboard")) {
      auto raw = settings;
      raw.emplace_back("ANALYTICS_MODE=raw");
      const auto raw_server = start_service(data, database, key, {.name = "salesflow-raw", .environment = raw});
      measure_dashboard(stage, *server, *raw_server);
    }
    if (wants("two_years"))
      measure_path(stage, *server, "dashboard_two_years",
                   std::string(dashboard_path) + "?days=731&interval=month&tz=Europe/Vienna", two_years_ms_max);
    if (wants("templates")) {
      measure_path(stage, *server, "templates", "/api/analytics/templates?scope=organization&tz=Europe/Vienna",
                   templates_ms_max);
      measure_path(stage, *server, "templates_own", "/api/analytics/templates?tz=Europe/Vienna", templates_ms_max);
    }
    if (wants("hot_leads"))
      measure_path(stage, *server, "hot_leads", "/api/analytics/hot-leads?limit=20", hot_leads_ms_max);
    if (wants("badges"))
      measure_path(stage, *server, "badges", "/api/badges", badges_ms_max);
    if (wants("screen"))
      measure_screen(stage, *server);
  }
  if (wants("writes")) {
    measure_writes(
        stage, "rlhf_feedback_sessions",
        "\\set user random(1, 200)\nINSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, "
        "input_context, generated_response, generation_model, outcome) VALUES (('00000000-0000-4000-8000-' || "
        "lpad(:user::text, 12, '0'))::uuid, '00000000-0000-4000-a000-000000000001', 'h', 'follow_up', '{}', "
        "'Vielen Dank fuer Ihre Nachricht.', 'm', 'converted');\n",
        "user_id, org_id, context_hash, input_type, input_context, generated_response, generation_model, outcome, "
        "created_at",
        fmt::format("SELECT user_id, org_id, context_hash, input_type, input_context, generated_response, "
                    "generation_model, outcome, created_at FROM rlhf_feedback_sessions LIMIT {}",
                    options.quick ? 20'000 : 1'000'000));
    measure_writes(
        stage, "message_events",
        "\\set user random(1, 200)\n\\set contact random(1, 5000)\nINSERT INTO message_events (user_id, org_id, "
        "contact_id, channel, direction, normalized_text) VALUES (('00000000-0000-4000-8000-' || "
        "lpad(:user::text, 12, '0'))::uuid, '00000000-0000-4000-a000-000000000001', ('00000000-0000-4000-9000-' || "
        "lpad(:contact::text, 12, '0'))::uuid, 'whatsapp', 'inbound', 'Guten Tag, vielen Dank fuer Ihr Angebot.');\n",
        "user_id, org_id, contact_id, channel, direction, normalized_text, autopilot_status, template_version, "
        "persona_variant, created_at",
        fmt::format("SELECT user_id, org_id, contact_id, channel, direction, normalized_text, autopilot_status, "
                    "template_version, persona_variant, created_at FROM message_events LIMIT {}",
                    options.quick ? 20'000 : 1'000'000));
  }
  if (wants("dead_folder"))
    measure_dead_folder(stage);
  report.note(
      fmt::format("{} sessions and events over 24 months, 100 organisations by Zipf; asked is the largest: 20 %, "
                  "200 users. {} rounds in turns, 2 server threads.",
                  format_number(static_cast<double>(sizes.sessions)), plan.rounds));
}

}  // namespace salesflow::bench
