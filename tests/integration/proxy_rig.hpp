// A real nginx with the configuration that salesflow writes, and stand-ins for the services behind it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/cluster/child_process.hpp"

namespace salesflow::test {

/// A folder in /tmp that goes with it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A certificate for localhost that signs itself, with its key, as files.
struct Certificate {
  std::string certificate, key;
};
Certificate make_certificate(const std::filesystem::path& folder);

/// A child that serves 127.0.0.1:port. Throws with its log when it ends before it listens.
class PortService {
 public:
  PortService(std::vector<std::string> arguments, int port, const std::filesystem::path& folder,
              const std::string& name);
  ~PortService();
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string log_text() const;
  void stop();

 private:
  int port_;
  std::filesystem::path log_file_;
  std::optional<cluster::ChildProcess> process_;
};

/// Where tests/integration/proxy is with its packages: copied into build/ and installed with npm on first use.
const std::filesystem::path& node_folder();
/// node stand_in.mjs, which says in `service` and X-Service who it is.
PortService stand_in(const std::string& name, const std::filesystem::path& folder,
                     const std::optional<Certificate>& tls = {});
/// nginx with `config` in its http block, listening on `port`.
PortService start_nginx(const std::string& config, int port, const std::filesystem::path& folder);
/// HAProxy with `config` behind a global section.
PortService start_haproxy(const std::string& config, int port, const std::filesystem::path& folder);

/// Either of them, for stories that are told behind both.
enum class ProxyKind { nginx, haproxy };
std::string name_of(ProxyKind kind);
struct Proxy {
  Proxy(ProxyKind kind, const std::string& config, int port, const std::filesystem::path& folder)
      : service(kind == ProxyKind::nginx ? start_nginx(config, port, folder) : start_haproxy(config, port, folder)) {}
  PortService service;
};

}  // namespace salesflow::test
