#include "bench/proc_stat.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace salesflow::bench {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string read_whole(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<ProcessTimes> list_processes() {
  std::vector<ProcessTimes> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.empty() || name[0] < '0' || name[0] > '9') {
      continue;
    }
    if (auto times = parse_process_times(read_whole("/proc/" + name + "/stat"))) {
      found.push_back(*times);
    }
  }
  return found;
}

}  // namespace

std::optional<ProcessTimes> parse_process_times(std::string_view stat_line) {
  const std::size_t open = stat_line.find(" ("), close = stat_line.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  // Behind the name: state, ppid, …; utime, stime, cutime, cstime are the 12th to 15th of these (man 5 proc).
  std::array<std::string_view, 15> fields;
  std::string_view rest = stat_line.substr(close + 2);
  for (std::string_view& field : fields) {
    const std::size_t blank = std::min(rest.find_first_of(" \n"), rest.size());
    field = rest.substr(0, blank);
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  const auto pid = parse_number<pid_t>(stat_line.substr(0, open));
  const auto parent = parse_number<pid_t>(fields[1]);
  const auto user = parse_number<std::uint64_t>(fields[11]), system = parse_number<std::uint64_t>(fields[12]);
  const auto child_user = parse_number<std::uint64_t>(fields[13]),
             child_system = parse_number<std::uint64_t>(fields[14]);
  if (!pid || !parent || !user || !system || !child_user || !child_system) {
    return std::nullopt;
  }
  return ProcessTimes{*pid, *parent, *user + *system, *child_user + *child_system};
}

std::uint64_t ticks_of_tree(pid_t root, const std::vector<ProcessTimes>& processes) {
  std::multimap<pid_t, const ProcessTimes*> children;
  std::vector<const ProcessTimes*> waiting;
  for (const ProcessTimes& process : processes) {
    children.emplace(process.parent, &process);
    if (process.pid == root) {
      waiting.push_back(&process);
    }
  }
  std::uint64_t total = 0;
  while (!waiting.empty()) {
    const ProcessTimes& process = *waiting.back();
    waiting.pop_back();
    total += process.own_ticks + process.reaped_children_ticks;
    const auto [first, last] = children.equal_range(process.pid);
    for (auto child = first; child != last; ++child) {
      waiting.push_back(child->second);
    }
  }
  return total;
}

std::chrono::microseconds cpu_time_of_tree(pid_t root) {
  static const auto tick_us = 1'000'000 / ::sysconf(_SC_CLK_TCK);
  return std::chrono::microseconds(static_cast<std::int64_t>(ticks_of_tree(root, list_processes())) * tick_us);
}

std::chrono::microseconds cpu_time_of_ended_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto to_us = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return to_us(usage.ru_utime) + to_us(usage.ru_stime);
}

std::optional<std::uint64_t> parse_status_kib(std::string_view status, std::string_view field) {
  for (std::size_t at = 0; at < status.size();) {
    const std::size_t end = std::min(status.find('\n', at), status.size());
    std::string_view line = status.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(field) || !line.substr(field.size()).starts_with(':')) {
      continue;
    }
    line.remove_prefix(field.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line.ends_with(" kB") ? parse_number<std::uint64_t>(line.substr(0, line.size() - 3)) : std::nullopt;
  }
  return std::nullopt;
}

std::uint64_t resident_kib(pid_t pid) {
  return parse_status_kib(read_whole("/proc/" + std::to_string(pid) + "/status"), "VmRSS").value_or(0);
}

}  // namespace salesflow::bench
