// Transport: the bytes of a connection that libpq opened, plain or through its TLS session. Never waits.
#pragma once

#include <cstddef>
#include <string>

struct pg_conn;

namespace salesflow::postgres {

/// libpq keeps socket and TLS session, and neither reads nor writes any more until it closes them.
class Transport {
 public:
  enum class State {
    moved,    // `bytes` of them
    waiting,  // for the socket to become ready
    ended,    // the peer closed; what it had sent was read before
    failed,   // problem()
  };
  struct Moved {
    State state;
    std::size_t bytes = 0;
  };

  void open(pg_conn* connection);
  void close() { socket_ = -1; }

  Moved read(char* data, std::size_t size);
  /// moved also for a part of them.
  Moved write(const char* data, std::size_t size);

  int socket() const { return socket_; }
  /// Then bytes may be there although the socket has none: read until it waits.
  bool is_encrypted() const { return tls_ != nullptr; }
  const std::string& problem() const { return problem_; }

 private:
  Moved judge(long moved, int error);
  Moved judge_tls(int returned);

  int socket_ = -1;
  void* tls_ = nullptr;              // SSL*, owned by libpq
  std::size_t tls_retry_bytes_ = 0;  // of an SSL_write that has to be repeated just so
  std::string problem_;
};

}  // namespace salesflow::postgres
