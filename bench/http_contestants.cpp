#include "bench/http_contestants.hpp"

#include <filesystem>
#include <limits>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/paced_load.hpp"
#include "bench/quick_client.hpp"

namespace salesflow::bench {

using std::chrono::milliseconds;

HttpAnswer ask(HttpClient& client, const HttpCall& call) {
  HttpAnswer answer = client.send(call);
  if (answer.status != 200)
    throw std::runtime_error(
        fmt::format("{} {} answers {}: {}", call.method, call.path, answer.status, answer.body.substr(0, 300)));
  return answer;
}

Contestant at_peak(std::string name, const HttpMix& mix, const MeasuredServer& server, pid_t database,
                   std::shared_ptr<double> peak) {
  RequestPlan plan;
  HttpClient client(server.port());
  double bytes = 0, weights = 0;
  bool reads_only = true;
  for (std::size_t i = 0; i < mix.calls.size(); ++i) {
    const HttpCall& call = mix.calls[i];
    bytes += static_cast<double>(ask(client, call).body.size()) * mix.weights[i];
    weights += mix.weights[i];
    reads_only = reads_only && call.method == "GET";
    plan.requests.push_back({call.method, call.path, call.headers, call.body});
    plan.weights.push_back(mix.weights[i]);
  }
  const auto file = std::filesystem::absolute(fmt::format("build/bench/plans/{}.lua", mix.name));
  write_text(file, plan.to_lua());
  const CpuAccount account{server.pid(), database};
  const int port = server.port();
  // What a write answers changes from one to the next.
  const double expected = reads_only ? bytes / weights : 0;
  return {std::move(name), [=](milliseconds duration) {
            Sample sample = run_wrk(port, file, duration, expected, account);
            *peak = sample.per_second;
            return sample;
          }};
}

Contestant at_half(std::string name, const HttpMix& mix, const MeasuredServer& server, std::shared_ptr<double> peak) {
  return at_pace(std::move(name), mix, server, std::move(peak), std::numeric_limits<double>::infinity());
}

Contestant at_pace(std::string name, const HttpMix& mix, const MeasuredServer& server, std::shared_ptr<double> peak,
                   double most) {
  std::vector<std::string> requests;
  for (const HttpCall& call : mix.calls) {
    std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: bench\r\n", call.method, call.path);
    for (const auto& [header, value] : call.headers)
      request += fmt::format("{}: {}\r\n", header, value);
    if (call.method != "GET")
      request += fmt::format("Content-Length: {}\r\n", call.body.size());
    requests.push_back(request + "\r\n" + call.body);
  }
  const auto order = mixed_order(mix.weights);
  const int port = server.port();
  return {std::move(name), [=, what = mix.name](milliseconds duration) {
            PacedLoad load;
            for (std::size_t i = 0; i < paced_clients; ++i) {
              auto client = std::make_shared<QuickClient>(port);
              load.start(std::min(*peak / 2, most) / paced_clients, [=, at = i * 37]() mutable {
                at = (at + 1) % order.size();
                return client->ask(requests[order[at]]);
              });
            }
            const auto from = PacedLoad::Clock::now() + milliseconds(200);  // connections are open by then
            std::this_thread::sleep_for(duration);
            load.stop();
            const PaceSummary summary = load.summarize(from, PacedLoad::Clock::now());
            if (summary.failed > 0 || summary.requests == 0)
              throw std::runtime_error(fmt::format("{}: {}", what, fmt::join(load.describe_failures(), "; ")));
            Sample sample;
            sample.requests = summary.requests;
            sample.per_second = static_cast<double>(summary.requests) / std::chrono::duration<double>(duration).count();
            sample.latency_p50_ms = summary.p50_ms;
            sample.latency_p95_ms = summary.p95_ms;
            sample.latency_p99_ms = summary.p99_ms;
            return sample;
          }};
}

}  // namespace salesflow::bench
