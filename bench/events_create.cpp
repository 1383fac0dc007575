#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/events_statements.hpp"
#include "bench/load.hpp"
#include "bench/statement.hpp"

namespace salesflow::bench {
namespace {

constexpr const char* copy_name = "events_create";
constexpr const char* event_text =
    "Guten Tag, vielen Dank für Ihr Angebot. Können wir am Donnerstag um 10 Uhr telefonieren?";

/// Events of these users that are younger than `since`.
std::int64_t count_new(cluster::SqlSession& superuser, const std::vector<BenchUser>& users, const std::string& since) {
  std::int64_t count = 0;
  for (const BenchUser& user : users) {
    count +=
        superuser.run("SELECT count(*) FROM message_events WHERE user_id = $1 AND created_at >= $2", {user.id, since})
            .value()
            .integer();
  }
  return count;
}

/// Runs `load` and throws unless as many rows appeared as it says; what was under way at its end may be there too.
Sample counted(Dataset& data, const std::vector<BenchUser>& users, const std::function<Sample()>& load) {
  auto superuser = data.connect(copy_name, Login::superuser);
  const std::string since = superuser.run("SELECT clock_timestamp()").value().value();
  const Sample sample = load();
  const auto rows = static_cast<std::uint64_t>(count_new(superuser, users, since));
  if (rows < sample.requests || rows > sample.requests + load_connections) {
    throw std::runtime_error(fmt::format("{} creates were acknowledged, but {} rows are there", sample.requests, rows));
  }
  return sample;
}

HttpCall create_request(const BenchUser& user) {
  const boost::json::object body{{"channel", "email"}, {"direction", "inbound"}, {"text", event_text}};
  return {
      "POST", create_path, {bearer(user.token), {"Content-Type", "application/json"}}, boost::json::serialize(body)};
}

std::filesystem::path write_http_plan(const std::vector<BenchUser>& users) {
  RequestPlan plan;
  for (const BenchUser& user : users) {
    HttpCall call = create_request(user);
    plan.requests.push_back(
        {std::move(call.method), std::move(call.path), std::move(call.headers), std::move(call.body)});
    plan.weights.push_back(user.weight);
  }
  auto file = std::filesystem::absolute("build/bench/plans/create.lua");
  write_text(file, plan.to_lua());
  return file;
}

/// pgbench has no UUIDv7, and random keys would cost it splits all over the index. So: digits that grow with time,
/// a counter per client in front of the client's number; hexadecimal by chance, unique by construction.
constexpr const char* id_prologue =
    "\\set n :n + 1\n\\set high 1000000000000000 + :base + :n\n\\set low 8000000000000000 + :client_id\n";
constexpr const char* id_expression = "(:high::text || :low::text)";

std::vector<PgbenchScript> write_scripts(const std::vector<BenchUser>& users) {
  std::vector<PgbenchScript> scripts;
  for (std::size_t i = 0; i < users.size(); ++i) {
    const std::string user = fmt::format(":user_{}", i), org = fmt::format(":org_{}", i);
    const StatementCall begin = begin_call(user, org, ":timeout_ms", true);
    const StatementCall create = create_call({.id = id_expression,
                                              .user_id = user,
                                              .org_id = org,
                                              .channel = ":channel",
                                              .direction = ":direction",
                                              .text = ":text",
                                              .normalized_text = ":text"});
    const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/create_{}.sql", i));
    write_text(file, id_prologue + pgbench_pipeline({with_arguments(*begin.query, begin.arguments),
                                                     with_arguments(*create.query, create.arguments)}));
    scripts.push_back({file, users[i].weight});
  }
  return scripts;
}

}  // namespace

void measure_create(EventsStage& stage) {
  stage.progress.step("create: copying the data and starting the service");
  stage.data.copy(stage.database, copy_name);
  {
    const auto service =
        start_service(stage.data, copy_name, stage.key, {.name = "salesflow-create", .environment = {}});
    const auto plan = write_http_plan(stage.users);
    const HttpAnswer probe = HttpClient(service->port()).send(create_request(stage.users.front()));
    if (probe.status != 200) {
      throw std::runtime_error(fmt::format("create answers {}: {}", probe.status, probe.body.substr(0, 300)));
    }
    const auto scripts = write_scripts(stage.users);
    const std::string url = stage.data.url(copy_name, Login::app);
    std::int64_t pgbench_runs = 0;
    std::vector<Contestant> contestants;
    for (const bool sync : {false, true}) {
      const std::string suffix = sync ? "-sync-on" : "-sync-off";
      const CpuAccount account{service->pid(), stage.data.pid()};
      contestants.push_back(
          {"salesflow" + suffix, [&stage, &service, plan, sync, account,
                                  bytes = static_cast<double>(probe.body.size())](std::chrono::milliseconds duration) {
             stage.data.set_synchronous_commit(sync);
             return counted(stage.data, stage.users,
                            [&] { return run_wrk(service->port(), plan, duration, bytes, account); });
           }});
      contestants.push_back(
          {"pgbench" + suffix, [&stage, &scripts, &pgbench_runs, url, sync](std::chrono::milliseconds duration) {
             stage.data.set_synchronous_commit(sync);
             std::vector<std::string> variables = pgbench_user_variables(stage.users);
             variables.insert(variables.end(), {"timeout_ms=5000", "channel=email", "direction=inbound",
                                                std::string("text=") + event_text, "n=0",
                                                "base=" + std::to_string(++pgbench_runs * 10'000'000'000)});
             return counted(stage.data, stage.users, [&] {
               return run_pgbench(url, scripts, variables, duration, {-1, stage.data.pid()});
             });
           }});
    }
    const auto all = run_in_turns("create", contestants, stage.create_plan, stage.progress);
    stage.report.rounds("create", all);
    const auto check_name = [](const char* figure, std::string suffix) {
      std::replace(suffix.begin(), suffix.end(), '-', '_');
      return figure + suffix;
    };
    for (const char* suffix : {"-sync-off", "-sync-on"}) {
      const Series& ours = find_series(all, std::string("salesflow") + suffix);
      const Series& theirs = find_series(all, std::string("pgbench") + suffix);
      stage.report.check(check_name("create_rps_vs_pgbench", suffix), median_ratio(ours, theirs, &Sample::per_second),
                         "ratio", Op::at_least, 0.85, {speed_cell(ours), "pgbench " + speed_cell(theirs)});
      stage.report.inform(check_name("create_cpu_vs_pgbench", suffix), median_cpu_advantage(ours, theirs), "ratio",
                          total_cpu_cells(ours, theirs));
    }
  }
  stage.data.set_synchronous_commit(true);
  stage.data.drop(copy_name);
}

}  // namespace salesflow::bench
