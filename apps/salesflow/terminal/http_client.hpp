// A small blocking HTTP/1.1 client for `demo --check` and tests: one connection to 127.0.0.1, kept alive.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow::apps {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  double took_ms = 0;
};

class HttpClient {
 public:
  explicit HttpClient(int port, std::chrono::milliseconds timeout = std::chrono::milliseconds(10'000))
      : port_(port), timeout_(timeout) {}
  ~HttpClient() { disconnect(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sent as Authorization: Bearer; empty for none.
  void use_token(std::string token) { token_ = std::move(token); }

  /// Connects when needed; a kept connection that the server closed is replaced once.
  /// Errors: unavailable (no connection, or an answer that is not HTTP), deadline_exceeded.
  Result<HttpAnswer> send(std::string_view method, std::string_view target, std::string_view body = {},
                          std::string_view content_type = "application/json");
  Result<HttpAnswer> get(std::string_view target) { return send("GET", target); }

 private:
  Result<void> connect();
  void disconnect();
  Result<void> write_all(std::string_view bytes);
  Result<HttpAnswer> read_answer();
  Result<bool> read_more();  // false at the end of the stream

  int port_;
  std::chrono::milliseconds timeout_;
  std::string token_;
  int fd_ = -1;
  std::string buffer_;  // read and not yet used
};

}  // namespace salesflow::apps
