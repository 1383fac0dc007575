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
#include "tests/support/wait.hpp"

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
  /// Waits for so many more answers.
  bool answers_more(int more) {
    const int before = answered_;
    return wait_until([&] { return answered_ > before + more; });
  }
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

/// "" when nothing went wrong, else how much did, and the first of it.
inline std::string told_problems(Load& load) {
  const auto problems = load.problems();
  return problems.empty() ? std::string()
                          : fmt::format("{} of {}, the first: {}", problems.size(), load.answered(), problems.front());
}

/// Stops and starts nodes one after the other while the load goes on. `pause`: until a proxy asks a node again that
/// has failed. False: the load stood still.
template <class Stop, class Start>
bool restart_in_turns(Load& load, int nodes, Stop stop, Start start, std::chrono::milliseconds pause, int answers) {
  for (int node = 0; node < nodes; ++node) {
    stop(node);
    if (!load.answers_more(answers))
      return false;
    start(node);
    std::this_thread::sleep_for(pause);
    if (!load.answers_more(answers))
      return false;
  }
  return true;
}

}  // namespace salesflow::test
