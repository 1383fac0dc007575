// A small HTTP/1.1 client on a worker's io_context, for services that a feature asks (a language model). One connection
// a request, no redirects, no proxies, everything bounded. Beast and OpenSSL stay in client.cpp.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/coarse_timer.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::http {

/// "https://api.example.com:8443/v1" in parts; `path` without a slash at its end.
struct ServiceUrl {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  std::string port;
  std::string path;

  /// Errors: invalid_argument for what is not http:// or https:// with a host, or holds user, query, blanks or control
  /// characters.
  static Result<ServiceUrl> parse(std::string_view text);
};

struct ClientAnswer {
  int status = 0;
  std::string body;
};

class Client {
 public:
  /// `ca_file`: certificates (PEM) to trust besides the system's; empty for none. `context` and `timer` must outlive
  /// it. Throws std::runtime_error when the file cannot be read.
  Client(asio::io_context& context, CoarseTimer& timer, const std::string& ca_file = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends a JSON body to `url.path` + `target`. `headers` are sent as they are; a value with CR or LF is a bug.
  /// Answers whatever status comes. The server's certificate and name are checked with https.
  /// Errors: unavailable (no address, no connection, a certificate that is not trusted, broken off), deadline_exceeded,
  ///         malformed (not HTTP), payload_too_large (a body of more than answer_bytes_max). log_detail tells more; no
  ///         header ever stands in it.
  Task<Result<ClientAnswer>> post_json(ServiceUrl url, std::string target,
                                       std::vector<std::pair<std::string, std::string>> headers, std::string body,
                                       std::size_t answer_bytes_max, SteadyTime deadline);

 private:
  struct Tls;
  asio::io_context& context_;
  CoarseTimer& timer_;
  std::shared_ptr<Tls> tls_;
};

}  // namespace salesflow::http
