// A blocking HTTP/1.1 client for checks and soak clients: one keep-alive connection, deadlines. Never the measured
// load.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace salesflow::bench {

/// The connection could not be made, broke, or took too long. What happened to the request is unknown.
struct HttpFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  /// First header of that name, without case; "" when absent.
  std::string_view header(std::string_view name) const noexcept;
};

struct HttpCall {
  std::string method = "GET";
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // sent with Content-Length when the method is not GET
};

/// Connects on first use and again after a failure or when the server closed. One thread at a time.
class HttpClient {
 public:
  explicit HttpClient(int port, std::chrono::milliseconds timeout = std::chrono::milliseconds(10'000));
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  /// Throws HttpFailure. Never repeats a request by itself: writes must not be doubled.
  HttpAnswer send(const HttpCall& call);
  HttpAnswer get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {});
  void close();
  /// True while the connection stands and the server has not closed it.
  bool is_open() const noexcept;

 private:
  class Connection;
  int port_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<Connection> connection_;
};

/// {"Authorization", "Bearer …"}
std::pair<std::string, std::string> bearer(std::string_view token);

}  // namespace salesflow::bench
