// A service of somebody else, on loopback: answers each connection with whatever bytes a test wants.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace salesflow::test {

/// A whole HTTP answer with a length.
inline std::string stub_answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

/// One request a connection. The destructor waits until every connection is over.
class StubService {
 public:
  /// One connection: what was asked (head and body), and the way back.
  struct Call {
    int socket = -1;
    std::string request;
    void send(const std::string& bytes) const {
      for (std::size_t at = 0; at < bytes.size();) {
        const auto sent = ::send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0)
          return;
        at += static_cast<std::size_t>(sent);
      }
    }
    /// Says nothing until the client goes away.
    void stall() const {
      char byte = 0;
      while (::recv(socket, &byte, 1, 0) > 0) {
      }
    }
  };
  using Serve = std::function<void(const Call&)>;

  explicit StubService(Serve serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 16) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no stub service");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~StubService() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : calls_)
      thread.join();
    ::close(listener_);
  }
  StubService(const StubService&) = delete;
  StubService& operator=(const StubService&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  /// What was asked so far.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0)
        return;
      calls_.emplace_back([this, socket] {
        Call call{socket, read_request(socket)};
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(call.request);
        }
        serve_(call);
        ::close(socket);
      });
    }
  }
  static std::string read_request(int socket) {
    std::string bytes;
    char piece[4096];
    while (true) {
      const auto end = bytes.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto length = bytes.find("Content-Length: ");
        const std::size_t body = length < end ? std::stoul(bytes.substr(length + 16)) : 0;
        if (bytes.size() >= end + 4 + body)
          return bytes;
      }
      const auto read = ::recv(socket, piece, sizeof piece, 0);
      if (read <= 0)
        return bytes;
      bytes.append(piece, static_cast<std::size_t>(read));
    }
  }

  Serve serve_;
  int listener_ = -1, port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> calls_;
  std::thread acceptor_;
};

}  // namespace salesflow::test
