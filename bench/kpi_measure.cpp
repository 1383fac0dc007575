#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>
#include <stdexcept>

#include "bench/kpi_stage.hpp"
#include "bench/proc_stat.hpp"
#include "bench/rivals.hpp"
#include "bench/tool.hpp"
#include "bench/traced_statements.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace json = boost::json;

struct Rival {
  std::string name;
  std::unique_ptr<MeasuredServer> server;
  std::string database;
};

/// Before, strategy and ours, none with a cache.
std::vector<Rival> start_all(KpiStage& stage) {
  std::vector<Rival> all;
  all.push_back({"before", start_before(stage.data.url(stage.databases.before, Login::owner), stage.key),
                 stage.databases.before});
  all.push_back(
      {"strategy",
       start_strategy(stage.data.url(stage.databases.strategy, Login::owner), stage.key, stage.redis.url(), false),
       stage.databases.strategy});
  all.push_back({"salesflow", stage.start_ours(false, "kpi-salesflow"), stage.databases.ours});
  for (const Rival& rival : all)
    rival.server->await_ready();
  return all;
}

/// What an answer says, for the comparison of all three.
std::string essence(const Kpi& kpi, const std::string& body) {
  const json::object answer = json::parse(body).as_object();
  const std::string key = kpi.key;
  if (key == "events") {
    const auto& events = answer.at("events").as_array();
    return fmt::format("{} events from {}", events.size(),
                       events.empty() ? "-" : std::string(events.front().at("id").as_string()));
  }
  if (key == "hot_leads")
    return fmt::format("{} leads", answer.at("leads").as_array().size());
  if (key == "inbox")
    return fmt::format("{} of {}", answer.at("items").as_array().size(),
                       answer.at("total_count").to_number<std::int64_t>());
  // Days differ at both ends: the oldest is partial in some, and now goes on.
  return fmt::format("{} days", answer.at("dashboard").as_array().size() >= 30 ? "30 or 31" : "fewer");
}

/// All contestants give the same answer to the busiest user, or nothing is measured.
void compare_answers(KpiStage& stage, const std::vector<Rival>& all) {
  for (const Kpi& kpi : kpis) {
    std::string first;
    for (const Rival& rival : all) {
      HttpClient client(rival.server->port(), std::chrono::seconds(60));
      const std::string says = essence(kpi, ask(client, stage.mix(kpi).calls.front()).body);
      if (first.empty())
        first = says;
      if (says != first)
        throw std::runtime_error(
            fmt::format("{}: {} answers {}, {} {}", kpi.key, all.front().name, first, rival.name, says));
    }
  }
}

struct Scripts {
  std::vector<PgbenchScript> files;
  std::vector<std::string> variables;
};

/// What the service sends for each screen, as pgbench scripts; by a service of its own.
std::map<std::string, Scripts> trace_all(KpiStage& stage) {
  std::map<std::string, Scripts> all;
  const auto server = stage.start_ours(false, "kpi-traced");
  HttpClient client(server->port());
  for (const Kpi& kpi : kpis) {
    const HttpMix mix = stage.mix(kpi);
    ask(client, mix.calls.front());
    const auto statements = trace_statements(stage.data, stage.databases.ours, [&] { ask(client, mix.calls.front()); });
    Scripts& scripts = all[kpi.key];
    const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/kpi_{}.sql", kpi.key));
    write_text(file, to_pgbench(statements, "u0", scripts.variables));
    scripts.files.push_back({file, 1});
  }
  return all;
}

milliseconds time_for(const KpiStage& stage, double per_second) {
  // Twelve requests at least, where patience allows.
  const auto wanted = milliseconds(static_cast<std::int64_t>(12'000 / per_second));
  return std::clamp(wanted, stage.times.paced, stage.times.paced_most);
}

/// The limits of a screen: PostgreSQL with the same statements, nginx with the same bytes.
void measure_limits(KpiStage& stage, const Kpi& kpi, const Scripts& scripts, const MeasuredServer& nginx) {
  const double pace = stage.kpi(kpi).at("pace_per_second").to_number<double>();
  const auto duration = time_for(stage, pace);
  stage.progress.step(fmt::format("{}: pgbench and nginx", kpi.key), duration * 2);
  stage.figures(kpi, "pgbench")["warm"] = to_json(run_paced_pgbench(stage.data.url(stage.databases.ours, Login::app),
                                                                    scripts.files, scripts.variables, pace, duration));
  const KpiLoad load({kpi.key, {{"GET", fmt::format("/{}.json", kpi.key), {}, ""}}, {1}});
  stage.figures(kpi, "nginx")["warm"] = to_json(load.run(nginx.port(), pace, duration, {nginx.pid(), -1}));
}

void measure_screen(KpiStage& stage, const Kpi& kpi, const std::vector<Rival>& all) {
  const KpiLoad load(stage.mix(kpi));
  double pace = stage.times.usual_per_second;
  for (const Rival& rival : all) {
    stage.progress.step(fmt::format("{}: peak of {}", kpi.key, rival.name), stage.times.peak);
    const double peak = load.find_peak(rival.server->port(), stage.times.peak);
    stage.figures(kpi, rival.name)["peak_per_second"] = peak;
    if (rival.name != "fastify")
      pace = std::min(pace, peak / 2);
  }
  stage.kpi(kpi)["pace_per_second"] = pace;
  for (const Rival& rival : all) {
    const CpuAccount account{rival.server->pid(), stage.data.pid()};
    auto& figures = stage.figures(kpi, rival.name);
    const auto duration = time_for(stage, pace);
    stage.progress.step(fmt::format("{}: {} at {:.1f}/s", kpi.key, rival.name, pace), duration);
    figures["warm"] = to_json(load.run(rival.server->port(), pace, duration, account));
    const double peak = figures["peak_per_second"].to_number<double>();
    if (!stage.times.busy || pace == stage.times.usual_per_second)
      continue;
    if (peak < 2 * stage.times.usual_per_second) {
      figures["overload"] = fmt::format("bears {:.1f} requests a second", peak);
      continue;
    }
    stage.progress.step(fmt::format("{}: {} at {:.0f}/s", kpi.key, rival.name, stage.times.usual_per_second),
                        stage.times.paced);
    figures["busy"] = to_json(load.run(rival.server->port(), stage.times.usual_per_second, stage.times.paced, account));
  }
}

/// One batch after the other, at least two: absolute times, as the strategy has them.
void measure_batch(KpiStage& stage, const std::vector<Rival>& all) {
  HttpMix mix = stage.mix(batch_kpi);
  mix.calls.resize(1);
  mix.weights.resize(1);
  for (const Rival& rival : all) {
    if (rival.name == "fastify")
      continue;
    stage.progress.step("batch: " + rival.name, stage.times.batch);
    HttpClient client(rival.server->port(), std::chrono::minutes(5));
    std::vector<double> ms;
    const auto end = steady_clock::now() + stage.times.batch;
    const CpuAccount account{rival.server->pid(), stage.data.pid()};
    const auto cpu = cpu_time_of_tree(account.contestant), database_cpu = cpu_time_of_tree(account.database);
    do {
      const auto began = steady_clock::now();
      ask(client, mix.calls.front());
      ms.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
    } while (steady_clock::now() < end && ms.size() < 100);
    json::object figures = to_json(summarize_ms(ms));
    figures["cpu_us"] =
        static_cast<double>((cpu_time_of_tree(account.contestant) - cpu).count()) / static_cast<double>(ms.size());
    figures["database_cpu_us"] = static_cast<double>((cpu_time_of_tree(account.database) - database_cpu).count()) /
                                 static_cast<double>(ms.size());
    stage.figures(batch_kpi, rival.name)["warm"] = std::move(figures);
  }
}

/// Statements so far, and how many of them PostgreSQL logged for taking over a second.
struct Slow {
  std::int64_t calls = 0, slow = 0;
};

std::string whole_log(KpiStage& stage) {
  return stage.data.connect("postgres", Login::superuser)
      .run("SELECT pg_read_file(pg_current_logfile('jsonlog'))")
      .value()
      .value();
}

Slow slow_statements(KpiStage& stage, const std::string& database, std::string_view log) {
  Slow slow;
  slow.calls =
      stage.data.connect("postgres", Login::superuser)
          .run(
              "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid "
              "WHERE d.datname = $1",
              {database})
          .value()
          .integer();
  const std::string mark = fmt::format("\"dbname\":\"{}\"", database);
  for (std::size_t at = log.find(mark); at != std::string_view::npos; at = log.find(mark, at + 1)) {
    const std::string_view line = log.substr(at, log.find('\n', at) - at);
    slow.slow += line.find("\"message\":\"duration: ") != std::string_view::npos ? 1 : 0;
  }
  return slow;
}

/// For new sessions of all three databases. An interrupted run may have left it on.
void log_slow_statements(KpiStage& stage, bool on) {
  auto session = stage.data.connect("postgres", Login::superuser);
  for (const std::string& database : {stage.databases.ours, stage.databases.before, stage.databases.strategy})
    session
        .run(fmt::format("ALTER DATABASE {} {}", cluster::quote_identifier(database),
                         on ? "SET log_min_duration_statement = 1000" : "RESET log_min_duration_statement"))
        .value();
}

}  // namespace

HttpMix KpiStage::mix(const Kpi& kpi) const {
  HttpMix mix{kpi.key, {}, {}};
  for (const BenchUser& user : users) {
    mix.calls.push_back({kpi.method, kpi.path, {bearer(user.token)}, ""});
    mix.weights.push_back(user.weight);
  }
  return mix;
}

std::unique_ptr<MeasuredServer> KpiStage::start_ours(bool with_cache, const std::string& name) const {
  std::vector<std::string> environment{"SALESFLOW_PROCESS_SEQUENCES=false", "SALESFLOW_CACHE_PROOF_EVERY=0",
                                       with_cache ? "ENABLE_CACHE=true" : "ENABLE_CACHE=false"};
  if (with_cache)
    environment.push_back("REDIS_URL=" + redis.url());
  return start_service(data, databases.ours, key, {.name = name, .environment = std::move(environment)});
}

json::object& KpiStage::kpi(const Kpi& kpi) {
  json::object& all = result["kpis"].is_null() ? result["kpis"].emplace_object() : result["kpis"].as_object();
  if (!all.contains(kpi.key))
    all[kpi.key] = json::object{{"title", kpi.title},
                                {"path", kpi.path},
                                {"target_strategy_ms", kpi.strategy_ms},
                                {"target_ms", kpi.ours_ms},
                                {"contestants", json::object{}}};
  return all[kpi.key].as_object();
}

json::object& KpiStage::figures(const Kpi& kpi, const std::string& contestant) {
  json::object& all = this->kpi(kpi).at("contestants").as_object();
  if (!all.contains(contestant))
    all[contestant] = json::object{};
  return all[contestant].as_object();
}

json::object to_json(const PaceSummary& pace) {
  return {{"requests", pace.requests}, {"failed", pace.failed}, {"p50_ms", pace.p50_ms},
          {"p95_ms", pace.p95_ms},     {"p99_ms", pace.p99_ms}, {"max_ms", pace.longest_ms}};
}

json::object to_json(const KpiLoad::Paced& paced) {
  json::object figures = to_json(paced.pace);
  figures["per_second"] = paced.per_second;
  figures["cpu_us"] = paced.cpu_us;
  figures["database_cpu_us"] = paced.database_cpu_us;
  return figures;
}

void measure_cold(KpiStage& stage) {
  stage.progress.step("a cold start");
  make_cold(stage.data);
  const auto all = start_all(stage);
  for (const Kpi& kpi : kpis) {
    const KpiLoad load(stage.mix(kpi));
    for (const Rival& rival : all)
      stage.figures(kpi, rival.name)["cold"] = to_json(summarize_ms(load.ask_each(rival.server->port())));
  }
}

void measure_warm(KpiStage& stage) {
  stage.progress.step("everything into memory");
  for (const std::string& database : {stage.databases.ours, stage.databases.before, stage.databases.strategy})
    load_into_memory(stage.data, database);
  log_slow_statements(stage, false);
  const auto scripts = trace_all(stage);
  log_slow_statements(stage, true);
  auto session = stage.data.connect("postgres", Login::superuser);
  session.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").value();
  session.run("SELECT pg_stat_statements_reset()").value();
  const std::size_t log_begin = whole_log(stage).size();
  auto all = start_all(stage);
  stage.progress.step("comparing answers");
  compare_answers(stage, all);
  std::vector<ServedFile> files;
  for (const Kpi& kpi : kpis) {
    HttpClient client(all.back().server->port());
    files.push_back({fmt::format("{}.json", kpi.key), ask(client, stage.mix(kpi).calls.front()).body});
  }
  const auto nginx = start_nginx(files, 1);
  for (const Kpi& kpi : kpis) {
    if (std::string_view(kpi.key) == "events") {
      all.push_back({"fastify", start_fastify(stage.data.url(stage.databases.ours, Login::app), stage.key),
                     stage.databases.ours});
      all.back().server->await_ready();
    }
    measure_screen(stage, kpi, all);
    if (all.back().name == "fastify")
      all.pop_back();
    measure_limits(stage, kpi, scripts.at(kpi.key), *nginx);
  }
  measure_batch(stage, all);
  const std::string log = whole_log(stage).substr(log_begin);
  json::object slow;
  for (const Rival& rival : all) {
    const Slow found = slow_statements(stage, rival.database, log);
    slow[rival.name] = json::object{
        {"statements", found.calls},
        {"over_1s", found.slow},
        {"share_percent",
         found.calls > 0 ? 100.0 * static_cast<double>(found.slow) / static_cast<double>(found.calls) : 0.0}};
  }
  stage.result["slow_statements"] = std::move(slow);
  all.clear();
  log_slow_statements(stage, false);
}

void measure_cached(KpiStage& stage) {
  std::vector<Rival> all;
  all.push_back(
      {"strategy",
       start_strategy(stage.data.url(stage.databases.strategy, Login::owner), stage.key, stage.redis.url(), true),
       stage.databases.strategy});
  all.push_back({"salesflow", stage.start_ours(true, "kpi-salesflow-cached"), stage.databases.ours});
  for (const Rival& rival : all)
    rival.server->await_ready();
  for (const Kpi& kpi : kpis) {
    const KpiLoad load(stage.mix(kpi));
    for (const Rival& rival : all) {
      if (rival.name == "strategy" && !kpi.is_cached_by_strategy)
        continue;
      const double peak = load.find_peak(rival.server->port(), stage.times.peak);
      const double pace = std::min(stage.times.usual_per_second, peak / 2);
      stage.progress.step(fmt::format("{}: {} from its cache", kpi.key, rival.name), stage.times.paced);
      json::object figures =
          to_json(load.run(rival.server->port(), pace, stage.times.paced, {rival.server->pid(), stage.data.pid()}));
      figures["peak_per_second"] = peak;
      stage.figures(kpi, rival.name)["cached"] = std::move(figures);
    }
  }
}

}  // namespace salesflow::bench
