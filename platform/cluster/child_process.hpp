// A child process that cannot outlive us: PR_SET_PDEATHSIG, an own session, no inherited descriptors.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/cluster/system_user.hpp"
#include "platform/core/result.hpp"

namespace salesflow::cluster {

struct SpawnOptions {
  std::vector<std::string> arguments{};    // [0] is the program's absolute path
  std::vector<std::string> environment{};  // "NAME=value", beside PATH, HOME and LC_ALL; nothing else is inherited
  SystemUser user{};
  std::filesystem::path log_file{};   // standard output and error are appended; made with mode 0600 for `user`
  std::filesystem::path directory{};  // working folder
  int death_signal = SIGTERM;         // what the kernel sends it when we die, however we die
};

/// Owns one child. It runs in a session of its own, so Ctrl-C in the terminal reaches us alone and we decide the order
/// of stopping. Forking happens on one thread that lives as long as the process: the kernel sends the death signal when
/// the forking *thread* ends. Not thread-safe; may be used from any one thread at a time.
class ChildProcess {
 public:
  /// Errors: unavailable, when the program cannot be started (its text names program and reason).
  static Result<ChildProcess> spawn(const SpawnOptions& options);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// SIGKILL when it still runs, then reaps it. Owners stop gracefully before.
  ~ChildProcess();

  pid_t pid() const noexcept { return pid_; }
  bool is_running() { return !wait(std::chrono::milliseconds(0)).has_value(); }
  /// The raw wait status once it ended, nullopt while it runs at the end of `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout);
  /// Sends a signal; nothing happens to a child that has ended.
  void signal(int number) noexcept;
  /// `graceful` first, SIGKILL after `patience`. Returns true when the first was enough.
  bool stop(int graceful, std::chrono::milliseconds patience);

 private:
  ChildProcess(pid_t pid, int pid_fd) : pid_(pid), pid_fd_(pid_fd) {}

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::optional<int> status_;
};

/// Runs a program to its end. Errors: unavailable with the log's tail when it fails, deadline_exceeded when it is
/// killed after `timeout`.
Result<void> run_to_end(const SpawnOptions& options, std::chrono::milliseconds timeout);

/// The last `lines` lines of a log file, for messages; "" when there is none.
std::string log_tail(const std::filesystem::path& log_file, std::size_t lines = 12);

/// Process ids of the direct children of `parent` that still run, from /proc.
std::vector<pid_t> children_of(pid_t parent);
/// False for a zombie: it holds no lock, port or memory.
bool process_exists(pid_t pid);

}  // namespace salesflow::cluster
