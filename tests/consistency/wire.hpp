// Wire: just enough HTTP/1.1 to ask the service very often, and the stamps that a client hands back.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow::consistency {

/// A whole answer at the front of a buffer. Views point into the buffer.
struct AnswerView {
  int status = 0;
  std::string_view head, body;
  std::size_t size = 0;  // bytes of the buffer that it takes

  /// "" when absent. `name` as the service writes it, e.g. "X-Cache".
  std::string_view header(std::string_view name) const;
};
/// Nullopt: not all is there yet. Answers need a Content-Length, unless their status has no body.
std::optional<AnswerView> parse_answer(std::string_view buffer);

/// What a client keeps of its writes: as a browser keeps cookies, one a slot, or for the header SalesFlow-Xid.
class StampJar {
 public:
  explicit StampJar(bool as_cookies) : as_cookies_(as_cookies) {}
  /// Keeps the stamps of an answer; false when it has none.
  bool take(const AnswerView& answer);
  /// Appends one header line, if there is anything to hand back.
  void append_to(std::string& request) const;
  /// For stories.
  std::string text() const;

 private:
  bool as_cookies_;
  std::array<std::string, 16> slots_;
};

/// One non-blocking connection to a port of 127.0.0.1. Owns the socket.
class Socket {
 public:
  Socket() = default;
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  /// False when nobody listens.
  bool connect(int port);
  void close();
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

/// A blocking client for the few that ask seldom. Connects on first use and after a failure.
class PlainClient {
 public:
  explicit PlainClient(int port, std::chrono::milliseconds patience = std::chrono::seconds(10))
      : port_(port), patience_(patience) {}

  struct Answer {
    int status = 0;  // 0: there was none, and nobody knows what happened
    std::string head, body;
    AnswerView view() const { return {.status = status, .head = head, .body = body, .size = 0}; }
  };
  /// `headers`: whole lines.
  Answer ask(std::string_view method, std::string_view path, std::string_view headers = {}, std::string_view body = {});

 private:
  bool wait(short events, std::chrono::steady_clock::time_point until) const;

  int port_;
  std::chrono::milliseconds patience_;
  Socket socket_;
};

/// A request, whole.
std::string make_request(std::string_view method, std::string_view path, std::string_view headers,
                         std::string_view body = {});

}  // namespace salesflow::consistency
