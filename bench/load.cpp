#include "bench/load.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/proc_stat.hpp"
#include "bench/tool.hpp"
#include "bench/tool_output.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr auto tool_patience = std::chrono::seconds(30);  // beyond its own duration
constexpr double head_bytes_max = 2048;

/// A Lua string that survives any bytes.
std::string lua_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\') {
      quoted += fmt::format("\\{:03}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

/// CPU time of the three parties, taken before and after a run.
struct CpuSnapshot {
  microseconds contestant{0}, database{0}, load{0};

  static CpuSnapshot take(const CpuAccount& account) {
    CpuSnapshot now;
    now.contestant = account.contestant > 0 ? cpu_time_of_tree(account.contestant) : microseconds(0);
    now.database = account.database > 0 ? cpu_time_of_tree(account.database) : microseconds(0);
    now.load = cpu_time_of_ended_children();
    return now;
  }
};

void add_cpu(Sample& sample, const CpuSnapshot& before, const CpuSnapshot& after) {
  const auto each = [&](microseconds from, microseconds to) {
    return static_cast<double>((to - from).count()) / static_cast<double>(sample.requests);
  };
  sample.cpu_us = each(before.contestant, after.contestant);
  sample.database_cpu_us = each(before.database, after.database);
  sample.load_cpu_us = each(before.load, after.load);
}

}  // namespace

std::vector<std::size_t> mixed_order(const std::vector<int>& weights) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    order.insert(order.end(), static_cast<std::size_t>(std::max(weights[i], 0)), i);
  }
  // Not std::shuffle: its result is up to the library.
  std::mt19937_64 random(20260101);
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random() % left]);
  }
  return order;
}

std::string RequestPlan::to_lua() const {
  if (requests.empty() || requests.size() != weights.size()) {
    throw std::invalid_argument("a plan needs requests and as many weights");
  }
  std::string text = "return { requests = {\n";
  for (const PlannedRequest& request : requests) {
    text += "  { method = " + lua_string(request.method) + ", path = " + lua_string(request.path) + ", headers = {";
    for (const auto& [name, value] : request.headers) {
      text += " [" + lua_string(name) + "] = " + lua_string(value) + ",";
    }
    text += " }" + (request.body.empty() ? "" : ", body = " + lua_string(request.body)) + " },\n";
  }
  text += "}, order = {";
  for (const std::size_t position : mixed_order(weights)) {
    text += " " + std::to_string(position + 1) + ",";
  }
  return text + " } }\n";
}

Sample run_wrk(int port, const std::filesystem::path& plan_file, milliseconds duration, double bytes_expected,
               const CpuAccount& account) {
  const CpuSnapshot before = CpuSnapshot::take(account);
  const std::string output = run_tool(
      {.arguments = {"wrk", "--threads", std::to_string(load_threads), "--connections",
                     std::to_string(load_connections), "--duration",
                     fmt::format("{}s", (duration.count() + 999) / 1000), "--timeout", "10s", "--script",
                     "bench/load/requests.lua", fmt::format("http://127.0.0.1:{}/", port), "--", plan_file.string()},
       .timeout = duration + tool_patience});
  const CpuSnapshot after = CpuSnapshot::take(account);
  const WrkResult result = parse_wrk(output);
  const double bytes = result.bytes_per_request();
  if (bytes < bytes_expected * 0.97 || bytes > bytes_expected * 1.03 + head_bytes_max) {
    throw std::runtime_error(fmt::format("answers have {:.0f} bytes on average where bodies of {:.0f} were expected",
                                         bytes, bytes_expected));
  }
  Sample sample;
  sample.per_second = result.per_second();
  sample.latency_p50_ms = result.latency_p50_ms;
  sample.latency_p99_ms = result.latency_p99_ms;
  sample.bytes_per_request = bytes;
  sample.requests = result.requests;
  add_cpu(sample, before, after);
  return sample;
}

Sample run_pgbench(const std::string& url, const std::vector<PgbenchScript>& scripts,
                   const std::vector<std::string>& variables, milliseconds duration, const CpuAccount& account,
                   int clients) {
  constexpr int warm_up_s = 1;
  const auto seconds = static_cast<int>((duration.count() + 999) / 1000) + warm_up_s;
  std::vector<std::string> arguments{"pgbench",
                                     "--no-vacuum",
                                     "--protocol=prepared",
                                     "--progress=1",
                                     "--client=" + std::to_string(clients),
                                     "--jobs=" + std::to_string(load_threads),
                                     "--time=" + std::to_string(seconds)};
  for (const std::string& variable : variables) {
    arguments.push_back("--define=" + variable);
  }
  for (const PgbenchScript& script : scripts) {
    arguments.push_back("--file=" + script.file.string() + "@" + std::to_string(script.weight));
  }
  arguments.push_back(url);
  const CpuSnapshot before = CpuSnapshot::take(account);
  const std::string output =
      run_tool({.arguments = arguments,
                // As the service's sessions plan; left to itself PostgreSQL plans anew for users unlike the mean.
                .environment = {"PGOPTIONS=-c plan_cache_mode=force_generic_plan -c jit=off"},
                .timeout = std::chrono::seconds(seconds) + tool_patience});
  const CpuSnapshot after = CpuSnapshot::take(account);
  const PgbenchResult result = parse_pgbench(output, warm_up_s);
  Sample sample;
  sample.per_second = result.per_second;
  sample.requests = result.transactions;
  add_cpu(sample, before, after);
  return sample;
}

}  // namespace salesflow::bench
