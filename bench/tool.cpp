#include "bench/tool.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "platform/cluster/postgres.hpp"

namespace salesflow::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

cluster::SpawnOptions to_spawn(const ToolOptions& options, const std::filesystem::path& log_file) {
  cluster::SpawnOptions spawn;
  spawn.arguments = options.arguments;
  if (spawn.arguments.at(0).find('/') == std::string::npos) {
    spawn.arguments[0] = cluster::find_program(spawn.arguments[0]).value();
  }
  spawn.environment = options.environment;
  spawn.user = ourselves();
  spawn.log_file = log_file;
  spawn.directory = options.directory;
  return spawn;
}

/// Deletes a file at the end of a scope.
struct TemporaryFile {
  std::filesystem::path path;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

}  // namespace

cluster::SystemUser ourselves() {
  cluster::SystemUser user;
  user.uid = ::getuid();
  user.gid = ::getgid();
  return user;
}

std::string run_tool(const ToolOptions& options) {
  static std::atomic<int> count{0};
  const TemporaryFile output{std::filesystem::temp_directory_path() /
                             ("salesflow-bench-" + std::to_string(::getpid()) + "-" + std::to_string(++count))};
  const auto ended = cluster::run_to_end(to_spawn(options, output.path), options.timeout);
  std::string text = std::filesystem::exists(output.path) ? read_text(output.path) : std::string();
  if (!ended) {
    throw std::runtime_error(ended.error().public_detail + "\n" +
                             text.substr(text.size() - std::min<std::size_t>(text.size(), 4000)));
  }
  return text;
}

MeasuredServer::MeasuredServer(Options options, std::filesystem::path log_file)
    : options_(std::move(options)),
      log_file_(std::move(log_file)),
      started_(steady_clock::now()),
      process_(cluster::ChildProcess::spawn(to_spawn(options_.tool, log_file_)).value()) {}

std::unique_ptr<MeasuredServer> MeasuredServer::launch(const std::filesystem::path& log_folder, Options options) {
  std::filesystem::create_directories(log_folder);
  std::filesystem::path log_file = log_folder / (options.name + ".log");
  std::filesystem::remove(log_file);
  return std::unique_ptr<MeasuredServer>(new MeasuredServer(std::move(options), std::move(log_file)));
}

void MeasuredServer::await_ready() {
  while (!options_.is_ready()) {
    const bool ended = !is_running();
    if (ended || steady_clock::now() - started_ > options_.start_timeout) {
      throw std::runtime_error(name() + (ended ? " ended while starting:\n" : " is not ready in time:\n") +
                               cluster::log_tail(log_file_, 20));
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
  start_time_ = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started_);
}

std::unique_ptr<MeasuredServer> MeasuredServer::start(const std::filesystem::path& log_folder, Options options) {
  auto server = launch(log_folder, std::move(options));
  server->await_ready();
  return server;
}

MeasuredServer::~MeasuredServer() {
  process_.stop(SIGTERM, options_.stop_patience);
}

std::string MeasuredServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(options_.port) + std::string(path);
}

void write_text(const std::filesystem::path& file, std::string_view text) {
  if (file.has_parent_path()) {
    std::filesystem::create_directories(file.parent_path());
  }
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.close();
  if (!stream) {
    throw std::runtime_error("cannot write " + file.string());
  }
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    throw std::runtime_error("cannot read " + file.string());
  }
  return text.str();
}

}  // namespace salesflow::bench
