// Clients of a proxy that keep their connections, and what became of each of their requests.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/http/server/test_client.hpp"

namespace salesflow::test {

/// Clients that keep their connections and send one request after the other, until stopped.
class Load {
 public:
  /// Each second request of `writes` posts to `write_target`, with a text that no other has.
  Load(int port, std::string token, int clients, bool writes, std::string read_target, std::string write_target)
      : port_(port),
        token_(std::move(token)),
        read_target_(std::move(read_target)),
        write_target_(std::move(write_target)) {
    for (int i = 0; i < clients; ++i)
      threads_.emplace_back([this, i, writes] { run(i, writes); });
  }
  ~Load() { stop(); }
  void stop() {
    stopped_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable())
        thread.join();
    }
  }
  int answered() const { return answered_; }
  std::vector<std::string> problems() {
    const std::lock_guard lock(mutex_);
    return problems_;
  }
  std::vector<std::string> acknowledged() {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  void run(int number, bool writes) {
    std::optional<http::testing::RawClient> client;
    for (int i = 0; !stopped_; ++i) {
      if (!client)
        client.emplace(static_cast<std::uint16_t>(port_));
      const bool write = writes && i % 2 == 0;
      const std::string text = fmt::format("from {} number {}", number, i);
      const std::string body = fmt::format(R"({{"channel":"email","direction":"inbound","text":"{}"}})", text);
      const std::string head =
          "Host: localhost\r\nAuthorization: Bearer " + token_ + "\r\nContent-Type: application/json\r\n";
      client->send(write ? fmt::format("POST {} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{}", write_target_, head,
                                       body.size(), body)
                         : fmt::format("GET {} HTTP/1.1\r\n{}\r\n", read_target_, head));
      const auto answer = client->read_answer(false, std::chrono::seconds(30));
      {
        const std::lock_guard lock(mutex_);
        if (answer.closed || answer.status != 200) {
          problems_.push_back(fmt::format("{} {}: {} {}", write ? "POST" : "GET", text,
                                          answer.closed ? "closed" : std::to_string(answer.status), answer.body));
        } else if (write) {
          acknowledged_.push_back(text);
        }
      }
      ++answered_;
      if (answer.closed || answer.header("Connection") == "close")
        client.reset();
    }
  }

  const int port_;
  const std::string token_, read_target_, write_target_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> answered_ = 0;
  std::mutex mutex_;
  std::vector<std::string> problems_, acknowledged_;
  std::vector<std::thread> threads_;
};

}  // namespace salesflow::test
