// Programs that a bench runs: to their end with a deadline, or beside it as servers.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/cluster/child_process.hpp"

namespace salesflow::bench {

struct ToolOptions {
  std::vector<std::string> arguments;    // [0] a program's name (searched) or path
  std::vector<std::string> environment;  // "NAME=value", beside PATH, HOME and LC_ALL; nothing else is inherited
  std::filesystem::path directory = std::filesystem::current_path();
  std::chrono::milliseconds timeout{60'000};
};

/// Runs a program as ourselves and returns what it wrote (stdout and stderr together). Throws std::runtime_error with
/// the end of that text when it fails, and when it is still running after `timeout` (then it is killed first).
std::string run_tool(const ToolOptions& options);

/// A server that a bench measures: started, awaited, stopped.
class MeasuredServer {
 public:
  struct Options {
    std::string name;  // "fastapi-default": also its log's name
    ToolOptions tool;
    int port = 0;
    /// Asked every 2 ms until it says yes.
    std::function<bool()> is_ready;
    std::chrono::milliseconds start_timeout{30'000};
    std::chrono::milliseconds stop_patience{5'000};
  };
  /// Starts the program and returns at once.
  static std::unique_ptr<MeasuredServer> launch(const std::filesystem::path& log_folder, Options options);
  /// Throws std::runtime_error with the log's tail when the server ends or is not ready in time.
  void await_ready();
  /// launch and await_ready.
  static std::unique_ptr<MeasuredServer> start(const std::filesystem::path& log_folder, Options options);
  /// SIGTERM, then SIGKILL after the patience.
  ~MeasuredServer();

  const std::string& name() const noexcept { return options_.name; }
  pid_t pid() const noexcept { return process_.pid(); }
  int port() const noexcept { return options_.port; }
  std::string url(std::string_view path) const;
  /// From starting the program to its first yes.
  std::chrono::microseconds start_time() const noexcept { return start_time_; }
  const std::filesystem::path& log_file() const noexcept { return log_file_; }
  bool is_running() { return process_.is_running(); }

 private:
  MeasuredServer(Options options, std::filesystem::path log_file);

  Options options_;
  std::filesystem::path log_file_;
  std::chrono::steady_clock::time_point started_;
  cluster::ChildProcess process_;
  std::chrono::microseconds start_time_{0};
};

/// Who runs tools and servers: whoever runs the bench.
cluster::SystemUser ourselves();

/// Writes a file (parents are made) or throws.
void write_text(const std::filesystem::path& file, std::string_view text);
/// The whole file or throws.
std::string read_text(const std::filesystem::path& file);

}  // namespace salesflow::bench
