#include <fmt/format.h>

#include <stdexcept>

#include "bench/cache_stage.hpp"
#include "bench/events_stage.hpp"
#include "bench/http_contestants.hpp"
#include "bench/rivals.hpp"

namespace salesflow::bench {
namespace {

constexpr std::size_t answer_bytes = 20'000;  // as the plain route's

/// How many events make an answer of about answer_bytes.
std::string list_of_size(const MeasuredServer& server, const BenchUser& user) {
  HttpClient client(server.port());
  for (int limit = 10; limit <= 100; ++limit) {
    std::string path = fmt::format("{}?limit={}", list_path, limit);
    if (ask(client, get(user, path)).body.size() >= answer_bytes)
      return path;
  }
  throw std::runtime_error("no page of events is large enough");
}

}  // namespace

void measure_hits(CacheStage& stage) {
  stage.progress.step("hits: starting the service and nginx");
  const auto service = stage.start("salesflow-cache", true, stage.database);
  const BenchUser& user = stage.users.front();
  const HttpCall plain = get(user, "/bench/20kb"), strict = get(user, list_of_size(*service, user)),
                 bounded = get(user, "/api/v2/collective-intelligence/analytics/dashboard?days=30");
  const std::string strict_body = warm(*service, strict), bounded_body = warm(*service, bounded);
  const auto nginx = start_nginx({{"bounded", bounded_body}}, 1);
  const auto peak = std::make_shared<double>();
  const std::vector<Contestant> contestants{
      at_peak("plain", {"cache-plain", {plain}, {1}}, *service, stage.data.pid(), peak),
      at_peak("strict", {"cache-strict", {strict}, {1}}, *service, stage.data.pid(), peak),
      at_peak("bounded", {"cache-bounded", {bounded}, {1}}, *service, stage.data.pid(), peak),
      at_peak("nginx", {"cache-nginx", {get(user, "/bounded")}, {1}}, *nginx, -1, peak)};
  const auto all = run_in_turns("hits", contestants, stage.plan, stage.progress);
  stage.report.rounds("hits", all);
  const Series &plain_rounds = find_series(all, "plain"), &strict_rounds = find_series(all, "strict"),
               &bounded_rounds = find_series(all, "bounded"), &nginx_rounds = find_series(all, "nginx");
  stage.report.check("strict_hit_vs_plain", median_ratio(strict_rounds, plain_rounds, &Sample::per_second), "ratio",
                     Op::at_least, 0.55,
                     {fmt::format("{} ({} bytes)", speed_cell(strict_rounds), strict_body.size()),
                      "plain 20 kB " + speed_cell(plain_rounds)});
  stage.report.check("bounded_hit_cpu_vs_nginx", median_ratio(bounded_rounds, nginx_rounds, &Sample::cpu_us), "ratio",
                     Op::at_most, 1.2,
                     {fmt::format("{} ({} bytes)", speed_cell(bounded_rounds), bounded_body.size()),
                      "nginx " + speed_cell(nginx_rounds)});
}

}  // namespace salesflow::bench
