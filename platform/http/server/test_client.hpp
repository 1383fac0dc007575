// For tests: a server on a free port with its own thread, and a raw client socket that says exactly what it is told.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "platform/http/server/server.hpp"
#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http::testing {

/// Runs a Server over the given routes until destroyed. `settings` may be changed before start().
class TestServer {
 public:
  ServerSettings settings;
  Router router;
  Authenticator* authenticator = nullptr;
  IdempotencyStore* idempotency = nullptr;
  RateLimiter* rate_limiter = nullptr;
  RequestMetrics* metrics = nullptr;

  TestServer() {
    settings.address = "127.0.0.1";
    settings.access_log = false;
  }
  ~TestServer() {
    if (thread_.joinable()) {
      asio::post(context_, [this] { server_->drain(std::chrono::steady_clock::now()); });
      thread_.join();
    }
  }

  std::uint16_t start(std::uint16_t port = 0) {
    cors_ = std::make_unique<Cors>(settings.cors_origins);
    services_ = std::make_unique<Services>(
        Services{settings, router, *cors_, authenticator, idempotency, rate_limiter, metrics});
    server_ = std::make_unique<Server>(context_, timer_, *services_);
    port_ = server_->listen(port);
    thread_ = std::thread([this] { context_.run(); });
    return port_;
  }
  std::uint16_t port() const { return port_; }
  asio::io_context& context() { return context_; }

  void begin_drain() {
    on_thread([this] { server_->begin_drain(); });
  }
  void drain(std::chrono::milliseconds within) { post_drain(within).wait(); }
  /// Stands in the thread's queue when this returns.
  std::future<void> post_drain(std::chrono::milliseconds within) {
    auto drain =
        std::packaged_task<void()>([this, within] { server_->drain(std::chrono::steady_clock::now() + within); });
    auto drained = drain.get_future();
    asio::post(context_, std::move(drain));
    return drained;
  }
  /// The thread ends when all connections have.
  bool wait_until_drained(std::chrono::milliseconds patience) {
    auto done = std::async(std::launch::async, [this] { thread_.join(); });
    return done.wait_for(patience) == std::future_status::ready;
  }
  int connections() {
    int count = 0;
    on_thread([this, &count] { count = server_->connections(); });
    return count;
  }

 private:
  template <class F>
  void on_thread(F work) {
    std::promise<void> done;
    asio::post(context_, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  asio::io_context context_{1};
  CoarseTimer timer_{context_};
  std::unique_ptr<Cors> cors_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
  bool closed = false;  // the peer ended the connection before a whole answer

  /// First header of that name, without case; empty when absent.
  std::string header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
      const auto end = rest.find("\r\n");
      const std::string_view line = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
      const auto colon = line.find(':');
      if (colon != std::string_view::npos && equal_without_case(line.substr(0, colon), name)) {
        return std::string(trim(line.substr(colon + 1)));
      }
    }
    return {};
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~RawClient() { ::close(fd_); }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), ended_(other.ended_), received_(std::move(other.received_)) {}
  RawClient& operator=(RawClient&&) = delete;

  /// False when the peer has reset the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }

  /// Reads what is there, waiting for at most `patience`. False at the end, on a reset or when nothing came.
  bool read_some(std::chrono::milliseconds patience = std::chrono::milliseconds(5000)) {
    pollfd poller{fd_, POLLIN, 0};
    if (::poll(&poller, 1, static_cast<int>(patience.count())) <= 0)
      return false;
    char buffer[65536];
    const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    received_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }
  /// Appends what comes next to `out`, as it comes on the wire. False as read_some().
  bool read_into(std::string& out, std::chrono::milliseconds patience = std::chrono::milliseconds(5000)) {
    const bool came = read_some(patience);
    out += received_;
    received_.clear();
    return came;
  }
  /// True when the peer closes within `patience`; what it says before is dropped.
  bool wait_for_end(std::chrono::milliseconds patience = std::chrono::milliseconds(5000)) {
    while (read_some(patience))
      received_.clear();
    return ended_;
  }

  /// One whole answer: by Content-Length, chunked, or to the end; of a live stream its head. `head_only` for answers to
  /// HEAD.
  Answer read_answer(bool head_only = false, std::chrono::milliseconds patience = std::chrono::milliseconds(5000)) {
    Answer answer;
    std::size_t head_end;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some(patience)) {
        answer.closed = true;
        return answer;
      }
    }
    answer.head = received_.substr(0, head_end + 2);
    received_.erase(0, head_end + 4);
    if (answer.head.size() > 12)
      answer.status = std::stoi(answer.head.substr(9, 3));
    if (head_only || answer.status == 204 || answer.status == 304 || answer.status < 200)
      return answer;
    if (answer.header("Content-Type").starts_with("text/event-stream"))
      return answer;  // it has no end
    if (const auto length = answer.header("Content-Length"); !length.empty()) {
      const std::size_t size = std::stoul(length);
      while (received_.size() < size) {
        if (!read_some(patience)) {
          answer.closed = true;
          break;
        }
      }
      answer.body = received_.substr(0, size);
      received_.erase(0, size);
    } else if (answer.header("Transfer-Encoding") == "chunked") {
      answer.closed = !read_chunks(answer.body, patience);
    } else {
      while (read_some(patience)) {
      }
      answer.body = std::move(received_);
    }
    return answer;
  }
  Answer ask(std::string_view request, bool head_only = false) {
    send(request);
    return read_answer(head_only);
  }

 private:
  bool read_chunks(std::string& body, std::chrono::milliseconds patience) {
    while (true) {
      std::size_t line_end;
      while ((line_end = received_.find("\r\n")) == std::string::npos) {
        if (!read_some(patience))
          return false;
      }
      const std::size_t size = std::stoul(received_.substr(0, line_end), nullptr, 16);
      while (received_.size() < line_end + 2 + size + 2) {
        if (!read_some(patience))
          return false;
      }
      body += received_.substr(line_end + 2, size);
      received_.erase(0, line_end + 2 + size + 2);
      if (size == 0)
        return true;
    }
  }

  int fd_ = -1;
  bool ended_ = false;
  std::string received_;
};

}  // namespace salesflow::http::testing
