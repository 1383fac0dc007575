#include "bench/kpi_load.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/proc_stat.hpp"
#include "bench/quick_client.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int peak_clients = 4;

double ms_since(steady_clock::time_point began) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - began).count();
}

}  // namespace

KpiLoad::KpiLoad(const HttpMix& mix) : name_(mix.name), order_(mixed_order(mix.weights)) {
  for (const HttpCall& call : mix.calls) {
    std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: bench\r\n", call.method, call.path);
    for (const auto& [header, value] : call.headers)
      request += fmt::format("{}: {}\r\n", header, value);
    if (call.method != "GET")
      request += fmt::format("Content-Length: {}\r\n", call.body.size());
    requests_.push_back(request + "\r\n" + call.body);
  }
}

double KpiLoad::find_peak(int port, milliseconds duration) const {
  std::atomic<std::uint64_t> answers{0};
  std::mutex mutex;
  std::string failure;
  const auto began = steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < peak_clients; ++i) {
      threads.emplace_back([&, at = static_cast<std::size_t>(i) * 37]() mutable {
        QuickClient client(port);
        // At least one answer each, however long it takes.
        do {
          at = (at + 1) % order_.size();
          if (std::string wrong = client.ask(requests_[order_[at]]); !wrong.empty()) {
            const std::lock_guard lock(mutex);
            failure = std::move(wrong);
            return;
          }
          ++answers;
        } while (steady_clock::now() - began < duration);
      });
    }
  }
  if (!failure.empty())
    throw std::runtime_error(name_ + ": " + failure);
  return static_cast<double>(answers) * 1000 / ms_since(began);
}

KpiLoad::Paced KpiLoad::run(int port, double per_second, milliseconds duration, const CpuAccount& account) const {
  const int clients = std::clamp(static_cast<int>(per_second / 4), 2, paced_clients);
  PacedLoad load;
  const auto cpu_of = [](pid_t pid) { return pid < 0 ? 0.0 : static_cast<double>(cpu_time_of_tree(pid).count()); };
  const double cpu = cpu_of(account.contestant), database_cpu = cpu_of(account.database);
  for (int i = 0; i < clients; ++i) {
    auto client = std::make_shared<QuickClient>(port);
    load.start(per_second / clients, [this, client, at = static_cast<std::size_t>(i) * 37]() mutable {
      at = (at + 1) % order_.size();
      return client->ask(requests_[order_[at]]);
    });
  }
  const auto from = PacedLoad::Clock::now();
  std::this_thread::sleep_for(duration);
  load.stop();
  Paced paced{.pace = load.summarize(from, PacedLoad::Clock::now()), .per_second = per_second};
  const auto requests = static_cast<double>(std::max<std::uint64_t>(paced.pace.requests, 1));
  paced.cpu_us = (cpu_of(account.contestant) - cpu) / requests;
  paced.database_cpu_us = (cpu_of(account.database) - database_cpu) / requests;
  return paced;
}

std::vector<double> KpiLoad::ask_each(int port) const {
  QuickClient client(port);
  std::vector<double> ms;
  for (const std::string& request : requests_) {
    const auto began = steady_clock::now();
    if (const std::string wrong = client.ask(request); !wrong.empty())
      throw std::runtime_error(name_ + ": " + wrong);
    ms.push_back(ms_since(began));
  }
  return ms;
}

PaceSummary summarize_ms(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  PaceSummary summary;
  summary.requests = ms.size();
  if (ms.empty())
    return summary;
  const auto at = [&](double share) {
    return ms[static_cast<std::size_t>(std::ceil(share * static_cast<double>(ms.size() - 1)))];
  };
  summary.p50_ms = at(0.50);
  summary.p95_ms = at(0.95);
  summary.p99_ms = at(0.99);
  summary.longest_ms = ms.back();
  return summary;
}

std::vector<double> parse_pgbench_log(std::string_view text, std::size_t left_out) {
  std::vector<double> ms;
  for (std::size_t at = 0, line = 0; at < text.size(); ++line) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string_view row = text.substr(at, end - at);
    at = end + 1;
    // client_id transaction_no latency_us script_no epoch_s epoch_us lag_us
    const auto first = row.find(' ');
    const auto second = first == std::string_view::npos ? first : row.find(' ', first + 1);
    double us = 0;
    if (second == std::string_view::npos ||
        std::from_chars(row.data() + second + 1, row.data() + row.size(), us).ec != std::errc())
      throw std::runtime_error("not a line of pgbench's log: " + std::string(row.substr(0, 100)));
    if (line >= left_out)
      ms.push_back(us / 1000);
  }
  return ms;
}

PaceSummary run_paced_pgbench(const std::string& url, const std::vector<PgbenchScript>& scripts,
                              const std::vector<std::string>& variables, double per_second, milliseconds duration) {
  const auto folder = std::filesystem::absolute("build/bench/pgbench");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  // Each connection plans its statements five times before it takes the generic plan: these come on top.
  constexpr int clients = 4, planning = 6;
  const auto seconds = std::chrono::duration<double>(duration).count();
  const int each = planning + std::max(1, static_cast<int>(per_second * seconds / clients));
  std::vector<std::string> arguments{"pgbench",
                                     "--no-vacuum",
                                     "--protocol=prepared",
                                     fmt::format("--client={}", clients),
                                     "--jobs=1",
                                     fmt::format("--transactions={}", each),
                                     fmt::format("--rate={:.3f}", per_second),
                                     "--log",
                                     "--log-prefix=" + (folder / "log").string()};
  for (const std::string& variable : variables) {
    arguments.push_back("--define=" + variable);
  }
  for (const PgbenchScript& script : scripts) {
    arguments.push_back(fmt::format("--file={}@{}", script.file.string(), script.weight));
  }
  arguments.push_back(url);
  run_tool({.arguments = std::move(arguments),
            .environment = {"PGOPTIONS=-c plan_cache_mode=force_generic_plan -c jit=off"},
            .timeout = std::chrono::seconds(static_cast<int>(seconds) + 60)});
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    text += read_text(entry.path());
  return summarize_ms(parse_pgbench_log(text, clients * planning));
}

}  // namespace salesflow::bench
