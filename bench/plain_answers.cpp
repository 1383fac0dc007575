#include <stdexcept>

#include <fmt/format.h>

#include "bench/events_stage.hpp"
#include "bench/load.hpp"
#include "bench/rivals.hpp"

namespace salesflow::bench {
namespace {

struct PlainAnswer {
  const char* name;  // "200b": /bench/200b of the service, /200b of nginx
  std::size_t bytes;
};

std::filesystem::path write_plan(const std::string& name, const std::string& path, const std::string& token) {
  const RequestPlan plan{{{.path = path, .headers = {bearer(token)}, .body = {}}}, {1}};
  const auto file = std::filesystem::absolute("build/bench/plans/" + name + ".lua");
  write_text(file, plan.to_lua());
  return file;
}

}  // namespace

void measure_plain_answers(EventsStage& stage) {
  constexpr PlainAnswer answers[] = {{"200b", 200}, {"20kb", 20'000}};
  stage.progress.step("plain: starting the service and nginx");
  const auto service =
      start_service(stage.data, stage.database, stage.key, {.name = "salesflow-plain", .environment = {}});
  const std::string& token = stage.users.front().token;
  std::vector<ServedFile> files;
  for (const PlainAnswer& answer : answers) {
    HttpAnswer body = HttpClient(service->port()).get(std::string("/bench/") + answer.name, {bearer(token)});
    if (body.status != 200 || body.body.size() < answer.bytes * 95 / 100 ||
        body.body.size() > answer.bytes * 105 / 100) {
      throw std::runtime_error(
          fmt::format("/bench/{} answers {} with {} bytes", answer.name, body.status, body.body.size()));
    }
    files.push_back({answer.name, std::move(body.body), std::string(body.header("Content-Type"))});
  }
  const auto nginx = start_nginx(files, 1);

  std::vector<Contestant> contestants;
  for (const ServedFile& file : files) {
    const auto add = [&](const MeasuredServer& server, const std::string& name, const std::string& path) {
      const auto plan = write_plan(name, path, token);
      const CpuAccount account{server.pid(), -1};
      contestants.push_back({name, [=, port = server.port(), bytes = static_cast<double>(file.content.size())](
                                       std::chrono::milliseconds duration) {
                               empty_logs();
                               return run_wrk(port, plan, duration, bytes, account);
                             }});
    };
    add(*service, "salesflow-" + file.name, "/bench/" + file.name);
    add(*nginx, "nginx-" + file.name, "/" + file.name);
  }
  const auto all = run_in_turns("plain", contestants, stage.plain_plan, stage.progress);
  empty_logs();
  stage.report.rounds("plain", all);
  for (const ServedFile& file : files) {
    const Series& ours = find_series(all, "salesflow-" + file.name);
    const Series& theirs = find_series(all, "nginx-" + file.name);
    stage.report.check("plain_" + file.name + "_cpu_vs_nginx", median_ratio(ours, theirs, &Sample::cpu_us), "ratio",
                       Op::at_most, 1.1, {speed_cell(ours), "nginx " + speed_cell(theirs)});
  }
}

}  // namespace salesflow::bench
