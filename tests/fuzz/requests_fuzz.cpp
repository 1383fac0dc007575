// Whole requests, sent to a running server: it stays, and it never answers 500. The server's port and a token that
// replaces {token} come from the environment (tests/integration/request_fuzz_test.cpp).
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>

#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;

namespace {

/// What the server says to these bytes until it closes or is silent for five seconds.
std::string ask(int port, std::string_view bytes) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{5, 0};
  ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  fuzz::require(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                "the server takes connections");
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t count = ::send(client, left.data(), left.size(), MSG_NOSIGNAL);
    if (count <= 0)
      break;  // it has heard enough
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  ::shutdown(client, SHUT_WR);
  std::string answer(1 << 16, '\0');
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < answer.size();) {
    count = ::recv(client, answer.data() + size, answer.size() - size, 0);
    size += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  ::close(client);
  answer.resize(size);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const char* const port = std::getenv("SALESFLOW_FUZZ_PORT");
  static const char* const token = std::getenv("SALESFLOW_FUZZ_TOKEN");
  fuzz::require(port && token, "SALESFLOW_FUZZ_PORT and SALESFLOW_FUZZ_TOKEN are set");
  std::string bytes(reinterpret_cast<const char*>(data), size);
  for (auto at = bytes.find("{token}"); at != std::string::npos; at = bytes.find("{token}"))
    bytes.replace(at, 7, token);
  const std::string answer = ask(std::atoi(port), bytes);
  fuzz::require(answer.find("HTTP/1.1 500") == std::string::npos, "no request is answered with 500");
  return 0;
}
