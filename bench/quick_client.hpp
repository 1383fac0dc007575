// The least HTTP/1.1 client there can be, for paced loads: what it costs itself is missing to whom it measures.
#pragma once

#include <string>
#include <string_view>

namespace salesflow::bench {

/// One keep-alive connection to 127.0.0.1, blocking, answers with Content-Length only. One thread at a time.
class QuickClient {
 public:
  explicit QuickClient(int port) : port_(port) {}
  ~QuickClient();
  QuickClient(const QuickClient&) = delete;
  QuickClient& operator=(const QuickClient&) = delete;

  /// Sends `request` (head and body, ready to go) and reads the whole answer; "" when its status is 200, else what went
  /// wrong. Connects on first use and again after a failure.
  std::string ask(std::string_view request);

 private:
  bool open();
  std::string fail(std::string what);

  int port_;
  int socket_ = -1;
  std::string buffer_;
};

}  // namespace salesflow::bench
