#include <boost/json/parse.hpp>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/events_statements.hpp"
#include "bench/load.hpp"
#include "bench/rivals.hpp"
#include "bench/statement.hpp"

namespace salesflow::bench {
namespace {

namespace json = boost::json;

constexpr int gzip_level = 1;  // the service's default; nginx gets the same

/// Each user's page from one contestant.
struct Pages {
  std::vector<std::string> bodies;  // one a user

  double mean_bytes(const std::vector<BenchUser>& users) const {
    double bytes = 0, weights = 0;
    for (std::size_t i = 0; i < users.size(); ++i) {
      bytes += static_cast<double>(bodies[i].size()) * users[i].weight;
      weights += users[i].weight;
    }
    return bytes / weights;
  }
};

std::string list_target() {
  return fmt::format("{}?status={}&limit={}", list_path, list_status, list_rows);
}

/// Asks each user's page once; throws unless all are answered with 200.
Pages fetch_pages(const MeasuredServer& server, const std::vector<BenchUser>& users, bool gzip) {
  HttpClient client(server.port());
  Pages pages;
  for (const BenchUser& user : users) {
    std::vector<std::pair<std::string, std::string>> headers{bearer(user.token)};
    if (gzip) {
      headers.emplace_back("Accept-Encoding", "gzip");
    }
    HttpAnswer answer = client.get(list_target(), headers);
    if (answer.status != 200 || answer.header("Content-Encoding") != (gzip ? "gzip" : "")) {
      throw std::runtime_error(fmt::format("{} answers the list with {} (Content-Encoding \"{}\"): {}", server.name(),
                                           answer.status, answer.header("Content-Encoding"),
                                           answer.body.substr(0, 300)));
    }
    pages.bodies.push_back(std::move(answer.body));
  }
  return pages;
}

std::set<std::string> keys_of(const json::object& object) {
  std::set<std::string> keys;
  for (const auto& member : object) {
    keys.insert(std::string(member.key()));
  }
  return keys;
}

/// Throws unless both pages hold the same events in the same order with the same fields. created_at is compared by its
/// presence only: every stack prints instants in its own way.
void require_same_page(const std::string& name, const std::string& ours_text, const std::string& theirs_text) {
  const json::value ours_value = json::parse(ours_text), theirs_value = json::parse(theirs_text);
  const json::array& ours = ours_value.at("events").as_array();
  const json::array& theirs = theirs_value.at("events").as_array();
  if (ours.size() != list_rows || theirs.size() != list_rows) {
    throw std::runtime_error(
        fmt::format("{}: pages of {} and {} events instead of {}", name, ours.size(), theirs.size(), list_rows));
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const json::object& left = ours[i].as_object();
    const json::object& right = theirs[i].as_object();
    if (keys_of(left) != keys_of(right)) {
      throw std::runtime_error(name + " answers other fields than the service");
    }
    for (const auto& member : left) {
      if (member.key() != "created_at" && member.value() != right.at(member.key())) {
        throw std::runtime_error(
            fmt::format("{} answers another {} in event {}", name, std::string(member.key()), i + 1));
      }
    }
  }
}

std::filesystem::path write_plan(const std::string& name, const std::vector<BenchUser>& users, bool gzip) {
  RequestPlan plan;
  for (const BenchUser& user : users) {
    PlannedRequest request{.path = list_target(), .headers = {bearer(user.token)}, .body = {}};
    if (gzip) {
      request.headers.emplace_back("Accept-Encoding", "gzip");
    }
    plan.requests.push_back(std::move(request));
    plan.weights.push_back(user.weight);
  }
  const auto file = std::filesystem::absolute("build/bench/plans/" + name + ".lua");
  write_text(file, plan.to_lua());
  return file;
}

Contestant http_contestant(const EventsStage& stage, std::string name, const MeasuredServer& server,
                           std::filesystem::path plan, double bytes, bool with_database = true) {
  const CpuAccount account{server.pid(), with_database ? stage.data.pid() : -1};
  const int port = server.port();
  return {std::move(name),
          [=](std::chrono::milliseconds duration) { return run_wrk(port, plan, duration, bytes, account); }};
}

Contestant pgbench_contestant(const EventsStage& stage) {
  std::vector<PgbenchScript> scripts;
  for (std::size_t i = 0; i < stage.users.size(); ++i) {
    const std::string user = fmt::format(":user_{}", i), org = fmt::format(":org_{}", i);
    const StatementCall begin = begin_call(user, org, ":timeout_ms", false);
    const StatementCall list = list_call(user, {.status = ":status", .contact_id = {}, .channel = {}, .direction = {}},
                                         {":before_at", ":before_id"}, ":limit_rows");
    const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/list_{}.sql", i));
    write_text(file, pgbench_pipeline(
                         {with_arguments(*begin.query, begin.arguments), with_arguments(*list.query, list.arguments)}));
    scripts.push_back({file, stage.users[i].weight});
  }
  std::vector<std::string> variables = pgbench_user_variables(stage.users);
  for (const std::string& variable :
       {std::string("timeout_ms=5000"), std::string("status=") + list_status, std::string("before_at=infinity"),
        std::string("before_id=ffffffff-ffff-ffff-ffff-ffffffffffff"), fmt::format("limit_rows={}", list_rows + 1)}) {
    variables.push_back(variable);
  }
  const std::string url = stage.data.url(stage.database, Login::app);
  const CpuAccount account{-1, stage.data.pid()};
  return {"pgbench",
          [=](std::chrono::milliseconds duration) { return run_pgbench(url, scripts, variables, duration, account); }};
}

void report_list(EventsStage& stage, const std::vector<Series>& all) {
  const Series& ours = find_series(all, "salesflow");
  const auto against = [&](const std::string& check, const char* rival, double target) {
    const Series& theirs = find_series(all, rival);
    stage.report.check(check, median_ratio(ours, theirs, &Sample::per_second), "ratio", Op::at_least, target,
                       {speed_cell(ours), std::string(rival) + " " + speed_cell(theirs)});
  };
  against("list_rps_vs_pgbench", "pgbench", 0.95);
  against("list_rps_vs_fastapi_default", "fastapi-default", 10);
  against("list_rps_vs_fastapi_tuned", "fastapi-tuned", 4);
  against("list_rps_vs_fastify", "fastify", 3);

  const Series& pgbench = find_series(all, "pgbench");
  stage.report.inform("list_cpu_vs_pgbench", median_cpu_advantage(ours, pgbench), "ratio",
                      total_cpu_cells(ours, pgbench));
  const Series& zipped = find_series(all, "salesflow-gzip");
  const Series& nginx = find_series(all, "nginx-gzip");
  stage.report.inform(
      "list_gzip_rps", median_of(zipped, &Sample::per_second), "/s",
      {speed_cell(zipped), fmt::format("nginx gzip {} of the same bytes as files {}", gzip_level, speed_cell(nginx))});
  stage.report.inform("list_gzip_added_cpu", median_of(zipped, &Sample::cpu_us) - median_of(ours, &Sample::cpu_us),
                      "us",
                      {fmt::format("{:.0f} B", median_of(zipped, &Sample::bytes_per_request)),
                       fmt::format("nginx in all {:.0f} us, {:.0f} B", median_of(nginx, &Sample::cpu_us),
                                   median_of(nginx, &Sample::bytes_per_request))});
  stage.report.inform(
      "list_latency_p99", median_of(ours, &Sample::latency_p99_ms), "ms",
      {fmt::format("p50 {:.2f} ms", median_of(ours, &Sample::latency_p50_ms)), "16 connections, saturated"});
  stage.report.inform(
      "list_database_cpu", median_of(ours, &Sample::database_cpu_us), "us",
      {"PostgreSQL, a request",
       fmt::format("pgbench' {:.0f} us", median_of(find_series(all, "pgbench"), &Sample::database_cpu_us))});
}

}  // namespace

void measure_list(EventsStage& stage) {
  const std::string url = stage.data.url(stage.database, Login::app);
  stage.progress.step("list: starting the service and its rivals");
  const auto fastapi_default = start_fastapi_default(url, stage.key);
  const auto fastapi_tuned = start_fastapi_tuned(url, stage.key);
  const auto fastify = start_fastify(url, stage.key);
  const auto service = start_service(stage.data, stage.database, stage.key);

  const Pages ours = fetch_pages(*service, stage.users, false), zipped = fetch_pages(*service, stage.users, true);
  std::vector<ServedFile> files;
  RequestPlan nginx_plan;
  for (std::size_t i = 0; i < stage.users.size(); ++i) {
    files.push_back({fmt::format("page-{}.json", i), ours.bodies[i]});
    nginx_plan.requests.push_back({.path = "/" + files[i].name,
                                   .headers = {bearer(stage.users[i].token), {"Accept-Encoding", "gzip"}},
                                   .body = {}});
    nginx_plan.weights.push_back(stage.users[i].weight);
  }
  const auto nginx = start_nginx(files, gzip_level);
  const auto nginx_plan_file = std::filesystem::absolute("build/bench/plans/nginx_gzip.lua");
  write_text(nginx_plan_file, nginx_plan.to_lua());
  Pages nginx_pages;
  for (const PlannedRequest& request : nginx_plan.requests) {
    HttpAnswer answer = HttpClient(nginx->port()).get(request.path, request.headers);
    if (answer.status != 200 || answer.header("Content-Encoding") != "gzip") {
      throw std::runtime_error("nginx does not compress " + request.path);
    }
    nginx_pages.bodies.push_back(std::move(answer.body));
  }

  const auto plain_plan = write_plan("list", stage.users, false),
             gzip_plan = write_plan("list_gzip", stage.users, true);
  std::vector<Contestant> contestants{
      http_contestant(stage, "salesflow", *service, plain_plan, ours.mean_bytes(stage.users)),
      pgbench_contestant(stage),
      http_contestant(stage, "salesflow-gzip", *service, gzip_plan, zipped.mean_bytes(stage.users)),
      http_contestant(stage, "nginx-gzip", *nginx, nginx_plan_file, nginx_pages.mean_bytes(stage.users), false)};
  for (const auto* rival : {&fastapi_default, &fastapi_tuned, &fastify}) {
    (*rival)->await_ready();
    const Pages theirs = fetch_pages(**rival, stage.users, false);
    for (std::size_t i = 0; i < stage.users.size(); ++i) {
      require_same_page((*rival)->name(), ours.bodies[i], theirs.bodies[i]);
    }
    contestants.push_back(
        http_contestant(stage, (*rival)->name(), **rival, plain_plan, theirs.mean_bytes(stage.users)));
  }

  const auto all = run_in_turns("list", contestants, stage.list_plan, stage.progress);
  empty_logs();
  stage.report.rounds("list", all);
  report_list(stage, all);
}

std::vector<std::string> pgbench_user_variables(const std::vector<BenchUser>& users) {
  std::vector<std::string> variables;
  for (std::size_t i = 0; i < users.size(); ++i) {
    variables.push_back(fmt::format("user_{}={}", i, users[i].id));
    variables.push_back(fmt::format("org_{}={}", i, users[i].org_id));
  }
  return variables;
}

std::string speed_cell(const Series& series) {
  const double cpu = median_of(series, &Sample::cpu_us);
  return format_number(median_of(series, &Sample::per_second), 1) + "/s" +
         (cpu > 0 ? fmt::format(", {:.1f} us", cpu) : "");
}

Cells total_cpu_cells(const Series& left, const Series& right) {
  const auto text = [](const Series& series) {
    std::vector<double> totals;
    for (const Sample& sample : series.samples) {
      totals.push_back(total_cpu_us(sample));
    }
    return fmt::format("{:.0f} us", median(std::move(totals)));
  };
  return {"server, PostgreSQL and load " + text(left), right.name + " " + text(right)};
}

}  // namespace salesflow::bench
