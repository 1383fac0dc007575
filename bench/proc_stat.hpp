// CPU time and memory of processes, read from /proc: what a request costs, not only how fast it was answered.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace salesflow::bench {

/// The fields of /proc/PID/stat we use. Times in clock ticks (_SC_CLK_TCK, usually 10 ms): of all threads of the
/// process, and of its children that have ended and were waited for.
struct ProcessTimes {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t own_ticks = 0;
  std::uint64_t reaped_children_ticks = 0;
};

/// Reads one line of /proc/PID/stat; the name in parentheses may hold blanks and parentheses. nullopt when malformed.
std::optional<ProcessTimes> parse_process_times(std::string_view stat_line);

/// Ticks of `root` and all its descendants in a listing of processes, ended children included. Between two calls the
/// sum only grows: a child that ends moves from one field to another of its parent.
std::uint64_t ticks_of_tree(pid_t root, const std::vector<ProcessTimes>& processes);

/// CPU time a process tree has used so far. For PostgreSQL give the postmaster: its backends are its children.
/// Exact to one tick a process. Cost: a walk through /proc, about 1 ms.
std::chrono::microseconds cpu_time_of_tree(pid_t root);

/// CPU time of our own children that have ended (load generators).
std::chrono::microseconds cpu_time_of_ended_children();

/// The value of "VmRSS:     1234 kB" in the text of /proc/PID/status, in KiB; nullopt when there is no such line.
std::optional<std::uint64_t> parse_status_kib(std::string_view status, std::string_view field);

/// Resident memory of one process in KiB; 0 when it is gone.
std::uint64_t resident_kib(pid_t pid);

}  // namespace salesflow::bench
