#include "bench/idle_streams.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/proc_stat.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::bench {
namespace {

constexpr int streams_a_person = 20;
constexpr auto heartbeats = std::chrono::seconds(16);

/// Closes them all.
struct Sockets {
  std::vector<int> open;
  ~Sockets() {
    for (const int one : open)
      ::close(one);
  }
};

void open_stream(Sockets& sockets, int port, const std::string& token) {
  const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (one < 0)
    throw std::runtime_error("no more sockets");
  sockets.open.push_back(one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET /api/stream HTTP/1.1\r\nHost: crm.example.com\r\nAuthorization: Bearer " + token +
                              "\r\nAccept: text/event-stream\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "
                              "Gecko/20100101\r\nOrigin: https://crm.example.com\r\n\r\n";
  if (::connect(one, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(one, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    throw std::runtime_error("a stream's connection was refused");
  std::string heard;
  while (heard.find("event: ready") == std::string::npos) {
    char buffer[4096];
    const auto count = ::recv(one, buffer, sizeof buffer, 0);
    if (count <= 0)
      throw std::runtime_error("a stream did not open: " + heard.substr(0, 300));
    heard.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

void allow_open_files(int count) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const auto wanted = static_cast<rlim_t>(count);
  if (files.rlim_cur >= wanted)
    return;
  files.rlim_cur = wanted;
  files.rlim_max = std::max(files.rlim_max, wanted);
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0)
    throw std::runtime_error(fmt::format("{} open files are not allowed", count));
}

double memory_of_idle_streams(int port, pid_t pid, const TokenKey& key, int count) {
  Sockets sockets;
  std::string token;
  for (int i = 0; i < count; ++i) {
    if (i % streams_a_person == 0)
      token = key.sign(Uuid::v7().to_string(), Uuid::v7().to_string());
    open_stream(sockets, port, token);
  }
  std::this_thread::sleep_for(heartbeats);
  const double mib = static_cast<double>(resident_kib(pid)) / 1024;
  for (const int one : sockets.open) {
    char byte = 0;
    if (::recv(one, &byte, 1, MSG_DONTWAIT | MSG_PEEK) <= 0)
      throw std::runtime_error("an idle stream was closed, or had no heartbeat");
  }
  return mib;
}

}  // namespace salesflow::bench
