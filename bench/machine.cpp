#include "bench/machine.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/proc_stat.hpp"
#include "bench/report.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

namespace json = boost::json;

/// First line of what a program prints, without `prefix`; null when it is missing or fails.
json::value first_line(std::vector<std::string> arguments, std::string_view prefix = {}) {
  try {
    const std::string text = run_tool({.arguments = std::move(arguments), .timeout = std::chrono::seconds(10)});
    std::string_view line = std::string_view(text).substr(0, text.find('\n'));
    if (line.starts_with(prefix)) {
      line.remove_prefix(prefix.size());
    }
    return json::value(line);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

json::value python_version(const char* package) {
  return first_line(
      {"/usr/bin/python3", "-c", fmt::format("from importlib.metadata import version; print(version('{}'))", package)});
}

json::value locked_version(const char* package) {
  return first_line(
      {"node", "-p", fmt::format("require('./bench/rivals/fastify/node_modules/{}/package.json').version", package)});
}

}  // namespace

std::string parse_cpu_model(std::string_view cpuinfo) {
  constexpr std::string_view label = "model name";
  const std::size_t at = cpuinfo.find(label);
  const std::size_t colon = at == std::string_view::npos ? at : cpuinfo.find(": ", at);
  if (colon == std::string_view::npos) {
    return "unknown";
  }
  return std::string(cpuinfo.substr(colon + 2, cpuinfo.find('\n', colon) - colon - 2));
}

json::object describe_environment() {
  utsname system{};
  ::uname(&system);
  double load = 0;
  ::getloadavg(&load, 1);
  json::object machine{{"cpu", parse_cpu_model(read_text("/proc/cpuinfo"))},
                       {"cores", std::thread::hardware_concurrency()},
                       {"memory_mib", parse_status_kib(read_text("/proc/meminfo"), "MemTotal").value_or(0) / 1024},
                       {"kernel", std::string(system.sysname) + " " + system.release},
                       {"load_before", load}};
  json::object versions{{"compiler", "g++ " __VERSION__},
                        {"postgresql", first_line({"postgres", "--version"}, "postgres (PostgreSQL) ")},
                        {"nginx", first_line({"nginx", "-v"}, "nginx version: ")},
                        {"wrk", first_line({"dpkg-query", "-W", "-f", "${Version}", "wrk"})},
                        {"node", first_line({"node", "--version"})},
                        {"fastify", locked_version("fastify")},
                        {"postgres.js", locked_version("postgres")},
                        {"fast-jwt", locked_version("fast-jwt")},
                        {"python", first_line({"/usr/bin/python3", "--version"}, "Python ")}};
  for (const char* package : {"fastapi", "asyncpg", "uvicorn", "pydantic", "ujson", "uvloop", "httptools", "pyjwt"}) {
    versions[package] = python_version(package);
  }
  std::string commit = "unknown";
  if (const json::value head = first_line({"git", "rev-parse", "HEAD"}); head.is_string()) {
    commit = head.as_string().c_str();
    const json::value changed = first_line({"git", "status", "--porcelain", "--untracked-files=no"});
    commit += changed.is_string() && !changed.as_string().empty() ? " with changes" : "";
  }
  return {{"date", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"commit", commit},
          {"machine", std::move(machine)},
          {"versions", std::move(versions)}};
}

std::string summarize(const json::object& environment) {
  const json::object& machine = environment.at("machine").as_object();
  const json::value& postgresql = environment.at("versions").at("postgresql");
  return fmt::format("{} × {}, {} MiB, {}; PostgreSQL {}; commit {}", machine.at("cores").to_number<int>(),
                     machine.at("cpu").as_string().c_str(), format_number(machine.at("memory_mib").to_number<double>()),
                     machine.at("kernel").as_string().c_str(),
                     postgresql.is_string() ? postgresql.as_string().c_str() : "?",
                     environment.at("commit").as_string().c_str());
}

}  // namespace salesflow::bench
