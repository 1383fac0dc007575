#include "tests/integration/proxy_rig.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "build_paths.hpp"
#include "platform/cluster/postgres.hpp"
#include "platform/core/ids.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

namespace fs = std::filesystem;

cluster::SystemUser ourselves() {
  return {.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}, .is_self = true};
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text << std::flush;
  if (!file)
    throw std::runtime_error(path.string() + " cannot be written");
}

bool is_open(int port) {
  const int probing = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool open = ::connect(probing, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probing);
  return open;
}

/// What npm needs to reach its registry where that is not plain.
std::vector<std::string> npm_environment() {
  std::vector<std::string> environment;
  for (const char* name : {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
                           "NODE_EXTRA_CA_CERTS", "npm_config_registry", "NPM_CONFIG_REGISTRY", "npm_config_cafile"}) {
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

}  // namespace

Scratch::Scratch() : path_(fs::temp_directory_path() / ("salesflow-proxy-" + Uuid::v7().to_string())) {
  fs::create_directories(path_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Certificate make_certificate(const fs::path& folder) {
  const cluster::SpawnOptions openssl{
      .arguments = {cluster::find_program("openssl").value(), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "tls.key",
                    "-out", "tls.crt"},
      .user = ourselves(),
      .log_file = folder / "openssl.log",
      .directory = folder};
  if (auto made = cluster::run_to_end(openssl, std::chrono::seconds(60)); !made)
    throw std::runtime_error("no certificate: " + made.error().log_detail);
  return {(folder / "tls.crt").string(), (folder / "tls.key").string()};
}

PortService::PortService(std::vector<std::string> arguments, int port, const fs::path& folder, const std::string& name)
    : port_(port), log_file_(folder / (name + ".log")) {
  auto started = cluster::ChildProcess::spawn(
      {.arguments = std::move(arguments), .user = ourselves(), .log_file = log_file_, .directory = folder});
  if (!started)
    throw std::runtime_error(started.error().public_detail);
  process_.emplace(std::move(*started));
  const auto listens = [&] {
    if (!process_->is_running())
      throw std::runtime_error(name + " ended:\n" + log_text());
    return is_open(port_);
  };
  if (!wait_until(listens, std::chrono::seconds(30)))
    throw std::runtime_error(name + " does not listen:\n" + log_text());
}

PortService::~PortService() {
  stop();
}

std::string PortService::log_text() const {
  return read_text(log_file_);
}

void PortService::stop() {
  if (process_)
    process_->stop(SIGTERM, std::chrono::seconds(5));
}

const fs::path& node_folder() {
  static const fs::path folder = [] {
    const fs::path source = fs::path(SALESFLOW_SOURCE_DIR) / "tests/integration/proxy";
    fs::path target = fs::path(SALESFLOW_BINARY).parent_path() / "proxy_tests";
    fs::create_directories(target);
    for (const auto& entry : fs::directory_iterator(source)) {
      if (entry.is_regular_file())
        fs::copy_file(entry.path(), target / entry.path().filename(), fs::copy_options::overwrite_existing);
    }
    // Installed once for each lock file.
    const std::string lock = read_text(source / "package-lock.json");
    if (read_text(target / "installed-lock.json") != lock) {
      const cluster::SpawnOptions npm{
          .arguments = {"/usr/bin/env", "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"},
          .environment = npm_environment(),
          .user = ourselves(),
          .log_file = target / "npm.log",
          .directory = target};
      if (auto installed = cluster::run_to_end(npm, std::chrono::minutes(3)); !installed)
        throw std::runtime_error("npm ci failed: " + installed.error().log_detail);
      write_text(target / "installed-lock.json", lock);
    }
    return target;
  }();
  return folder;
}

PortService stand_in(const std::string& name, const fs::path& folder, const std::optional<Certificate>& tls) {
  const int port = cluster::free_port();
  std::vector<std::string> arguments{"/usr/bin/env", "node", (node_folder() / "stand_in.mjs").string(), name,
                                     std::to_string(port)};
  if (tls)
    arguments.insert(arguments.end(), {tls->certificate, tls->key});
  return {std::move(arguments), port, folder, name};
}

PortService start_nginx(const std::string& config, int port, const fs::path& folder) {
  const std::string at = folder.string();
  write_text(folder / "salesflow.conf", config);
  // "user" counts for root alone, whose workers would become somebody who may not enter our folder.
  std::string main = ::getuid() == 0 ? "user root;\n" : "";
  main += "daemon off;\nworker_processes 1;\npid " + at + "/nginx.pid;\nerror_log stderr warn;\n" +
          "events { worker_connections 256; }\nhttp {\n  access_log off;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    main += std::string("  ") + kind + "_temp_path " + at + "/tmp;\n";
  main += "  include " + at + "/salesflow.conf;\n}\n";
  write_text(folder / "nginx.conf", main);
  return {{cluster::find_program("nginx").value(), "-e", "stderr", "-p", at, "-c", (folder / "nginx.conf").string()},
          port,
          folder,
          "nginx"};
}

PortService start_haproxy(const std::string& config, int port, const fs::path& folder) {
  write_text(folder / "haproxy.cfg", "global\n    maxconn 256\n    nbthread 1\n\n" + config);
  return {{cluster::find_program("haproxy").value(), "-db", "-f", (folder / "haproxy.cfg").string()},
          port,
          folder,
          "haproxy"};
}

std::string name_of(ProxyKind kind) {
  return kind == ProxyKind::nginx ? "Nginx" : "Haproxy";
}

}  // namespace salesflow::test
